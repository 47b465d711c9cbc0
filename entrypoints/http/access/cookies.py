"""Login cookies for browsers, and the CSRF token."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, request

from core.domain.error_codes import ErrorCode
from core.domain.errors import Forbidden
from core.services.identity.logins import LoggedIn
from entrypoints.http.kit.blueprints import application
from entrypoints.links import API_PREFIX

ACCESS_COOKIE = "access_token"
REFRESH_COOKIE = "refresh_token"
CSRF_COOKIE = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
REFRESH_PATH = f"{API_PREFIX}/auth/refresh"

_PURPOSE = "csrf"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def set_login_cookies(response: Response, logged_in: LoggedIn) -> None:
    """Set the cookies. `csrf_token` is the signed id of the login, so it stays valid after a refresh."""
    is_secure = _must_be_secure()
    refresh_lifetime = logged_in.refresh_expires_in_seconds
    csrf_token = application().foundation.signer.sign(_PURPOSE, logged_in.login_id)
    for name, value, lifetime, path, is_readable in (
        (ACCESS_COOKIE, logged_in.access_token, logged_in.expires_in_seconds, "/", False),
        (REFRESH_COOKIE, logged_in.refresh_token, refresh_lifetime, REFRESH_PATH, False),
        (CSRF_COOKIE, csrf_token, refresh_lifetime, "/", True),
    ):
        response.set_cookie(
            name,
            value,
            max_age=lifetime,
            path=path,
            secure=is_secure,
            httponly=not is_readable,
            samesite="Lax",
        )


def clear_login_cookies(response: Response) -> None:
    is_secure = _must_be_secure()
    for name, path in ((ACCESS_COOKIE, "/"), (REFRESH_COOKIE, REFRESH_PATH), (CSRF_COOKIE, "/")):
        response.delete_cookie(name, path=path, secure=is_secure, samesite="Lax")


def check_csrf(login_id: str) -> None:
    """Raises Forbidden (`csrf_failed`) if an unsafe request does not have the token."""
    if request.method in _SAFE_METHODS:
        return
    sent = request.headers.get(CSRF_HEADER, "")
    if application().foundation.signer.verified(_PURPOSE, sent) != login_id:
        raise Forbidden(
            f"Send the value of the cookie `{CSRF_COOKIE}` in the header `{CSRF_HEADER}`.",
            code=ErrorCode.CSRF_FAILED,
        )


def _must_be_secure() -> bool:
    """Whether cookies get `Secure`: always, except on this machine, which has no HTTPS."""
    if request.is_secure or application().settings.is_public_over_https:
        return True
    return urlsplit(request.host_url).hostname not in _LOCAL_HOSTS
