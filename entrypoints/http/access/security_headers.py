"""Security headers (as Helmet sets them), CORS, and the redirect to HTTPS."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Flask, Response, redirect, request
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as WerkzeugResponse

from entrypoints.http.access.cookies import CSRF_HEADER
from entrypoints.links import API_PREFIX, VERIFY_EMAIL_PATH
from entrypoints.settings import Settings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Origin-Agent-Cluster": "?1",
}
_API_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Range",
    "X-Request-ID",
)
_ANSWER_HEADERS = [
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Location",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-ID",
]
_HSTS = f"max-age={2 * 365 * 24 * 3600}; includeSubDomains"


def _is_private(path: str) -> bool:
    """Whether responses belong to one person and need no scripts: the API, and the page for its tokens."""
    return path.startswith((API_PREFIX, VERIFY_EMAIL_PATH))


def _policy(path: str) -> str:
    if _is_private(path):
        return _API_POLICY
    if path.startswith("/api/docs"):  # its page contains its configuration as an inline script
        return _PAGE_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    return _PAGE_POLICY


def trust_proxies(app: Flask, settings: Settings) -> None:
    """Trust that many proxies. This middleware is outermost, so that all others see the real client."""
    count = settings.trusted_proxies
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def secure(app: Flask, settings: Settings) -> None:
    """Set the headers. Pages of `allowed_origins` (literal values) may use the API with credentials."""
    if settings.allowed_origins:
        CORS(
            app,
            resources={r"/api/.*": {}},
            origins=[re.compile(rf"{re.escape(origin)}\Z") for origin in settings.allowed_origins],
            supports_credentials=True,
            allow_headers=[*_REQUEST_HEADERS, CSRF_HEADER],
            expose_headers=_ANSWER_HEADERS,
            max_age=600,
        )

    @app.before_request
    def to_https() -> WerkzeugResponse | None:
        """Redirect plain HTTP, except for health checks, if the product is public over HTTPS."""
        is_plain = settings.is_public_over_https and settings.trusted_proxies and not request.is_secure
        if is_plain and not request.path.startswith("/health/"):
            # The target is the configured address, never one from the request.
            query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
            return redirect(f"{settings.public_url}{quote(request.path)}{query}", code=308)
        return None

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", _policy(request.path))
        if settings.is_public_over_https:
            response.headers.setdefault("Strict-Transport-Security", _HSTS)
        if _is_private(request.path):
            response.headers.setdefault("Cache-Control", "no-store")
        if settings.allowed_origins:
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
