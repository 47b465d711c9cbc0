"""Checks of every request before its route runs: size, login, rate limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import RequestHeaderFieldsTooLarge, RequestURITooLarge

from core.domain.error_codes import ErrorCode
from core.domain.errors import DomainError, TooManyRequests
from entrypoints.http.access.addresses import counted
from entrypoints.http.access.current_user import address, authenticated
from entrypoints.http.kit.blueprints import application
from entrypoints.links import API_PREFIX
from ports.rate_limits import RateLimitResult

View = TypeVar("View", bound=Callable[..., object])

MAX_URL_BYTES = 8 * 1024
MAX_HEADER_BYTES = 16 * 1024


def limited(name: str) -> Callable[[View], View]:
    """Mark a view with the name of its limit in `RateLimits`."""

    def mark(view: View) -> View:
        view.limit_name = name  # type: ignore[attr-defined]
        return view

    return mark


def guard(app: Flask) -> None:
    """Require a login for every route under the API's prefix that is not marked as public, and count every
    request."""
    app.before_request(_pass)
    app.after_request(_tell_limit)


def _pass() -> None:
    if len(request.environ.get("RAW_URI", request.full_path)) > MAX_URL_BYTES:
        raise RequestURITooLarge
    if sum(len(name) + len(value) for name, value in request.headers) > MAX_HEADER_BYTES:
        raise RequestHeaderFieldsTooLarge
    view = current_app.view_functions.get(request.endpoint or "")
    refusal = None
    if _needs_login(view):
        try:
            g.identity = authenticated()
        except DomainError as error:
            refusal = error
    _limit(_limit_name(view))
    if refusal is not None:
        raise refusal


def _needs_login(view: Callable[..., object] | None) -> bool:
    """Whether the view needs a login. OPTIONS does not: browsers send CORS preflights without credentials."""
    if view is None or request.method == "OPTIONS":
        return False
    return request.path.startswith(f"{API_PREFIX}/") and not getattr(view, "is_public", False)


def _limit_name(view: Callable[..., object] | None) -> str:
    """The name of the view's limit. A CORS preflight does not count against the limit of its route."""
    usual = "default" if request.path.startswith(f"{API_PREFIX}/") else "pages"
    return "pages" if request.method == "OPTIONS" else getattr(view, "limit_name", usual)


def _limit(name: str) -> None:
    """Count the request for its user or, without one, for its address."""
    rule = getattr(application().settings.limits, name)
    who = ("user", g.identity.user_id) if "identity" in g else ("address", counted(address()))
    result: RateLimitResult = application().foundation.shared.limiter.hit(rule, name, *who)
    g.rate_limit = result
    if not result.is_allowed:
        raise TooManyRequests(
            f"The limit is {rule}. Try again in {result.reset_seconds} seconds.",
            retry_after_seconds=result.reset_seconds,
            code=ErrorCode.RATE_LIMITED,
        )


def _tell_limit(response: Response) -> Response:
    result: RateLimitResult | None = g.get("rate_limit")
    if result is not None:
        response.headers["RateLimit-Limit"] = str(result.limit)
        response.headers["RateLimit-Remaining"] = str(result.remaining)
        response.headers["RateLimit-Reset"] = str(result.reset_seconds)
    return response
