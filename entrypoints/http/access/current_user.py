"""The user and the origin of the current request."""

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
    """The identity of the current request. Public routes do not have one."""
    found: Identity = g.identity
    return found


def user_id() -> str:
    return identity().user_id


def origin() -> Origin:
    """The origin of the current request, for the audit log."""
    return Origin(
        address=address(), user_agent=request.user_agent.string, request_id=current_request_id() or ""
    )


def address() -> str:
    """The client's address as seen by the nearest trusted proxy."""
    return parsed(request.remote_addr)


def authenticated() -> Identity:
    """The identity from the bearer token, else from the cookie. Raises NotAuthenticated, Forbidden (CSRF)."""
    authorization = request.authorization
    if "Authorization" in request.headers:  # an unreadable header must not fall back to the cookie
        if authorization is None or authorization.type != "bearer" or not authorization.token:
            raise NotAuthenticated("Send the access token as `Authorization: Bearer ...`.")
        return application().identity.logins.authenticate(authorization.token)
    token = request.cookies.get(ACCESS_COOKIE)
    if token is None:
        raise NotAuthenticated("Log in and send the access token as `Authorization: Bearer ...`.")
    found = application().identity.logins.authenticate(token)
    check_csrf(found.login_id)
    return found
