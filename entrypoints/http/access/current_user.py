"""Who a request comes from, and from where."""

from __future__ import annotations

from flask import g, request

from core.domain.errors import NotAuthenticated
from core.domain.identity.audit import Origin
from core.domain.identity.logins import Identity
from entrypoints.http.access.addresses import parsed
from entrypoints.http.access.cookies import ACCESS_COOKIE, check_csrf
from entrypoints.http.kit.blueprints import application
from entrypoints.request_id import current_request_id


def identity() -> Identity:
    """The login behind the present request, which every route but a public one has."""
    found: Identity = g.identity
    return found


def user_id() -> str:
    return identity().user_id


def origin() -> Origin:
    """Where the present request comes from."""
    return Origin(
        address=address(), user_agent=request.user_agent.string, request_id=current_request_id() or ""
    )


def address() -> str:
    """The client's address, as the nearest trusted proxy saw it."""
    return parsed(request.remote_addr)


def authenticated() -> Identity:
    """By the bearer token, or else by the cookie. Raises NotAuthenticated, Forbidden (CSRF)."""
    authorization = request.authorization
    if "Authorization" in request.headers:  # one that cannot be read must not let the cookie speak for it
        if authorization is None or authorization.type != "bearer" or not authorization.token:
            raise NotAuthenticated("Send the access token as `Authorization: Bearer ...`.")
        return application().identity.logins.authenticate(authorization.token)
    token = request.cookies.get(ACCESS_COOKIE)
    if token is None:
        raise NotAuthenticated("Log in and send the access token as `Authorization: Bearer ...`.")
    found = application().identity.logins.authenticate(token)
    check_csrf(found.login_id)
    return found
