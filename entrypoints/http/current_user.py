"""Who a request comes from."""

from __future__ import annotations

from flask import Flask, current_app, g, request

from core.domain.accounts import Identity
from core.domain.errors import NotAuthenticated
from entrypoints.http.api import PREFIX, application


def identity() -> Identity:
    """The login behind the present request, which every route but a public one has."""
    found: Identity = g.identity
    return found


def user_id() -> str:
    return identity().user_id


def require_logins(app: Flask) -> None:
    """Let nothing under the API's prefix be reached without a login, unless it is marked as public."""

    @app.before_request
    def authenticate() -> None:
        if not request.path.startswith(PREFIX) or request.endpoint is None:
            return
        if getattr(current_app.view_functions[request.endpoint], "is_public", False):
            return
        g.identity = application().accounts.authenticate(_bearer_token())


def _bearer_token() -> str:
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        raise NotAuthenticated("Log in and send the access token as `Authorization: Bearer ...`.")
    return authorization.token
