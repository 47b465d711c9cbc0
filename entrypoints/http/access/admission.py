"""What every request must pass before its route: size, login, limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import RequestHeaderFieldsTooLarge, RequestURITooLarge

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
    """Mark a view that has a limit of its own, named as in `RateLimits`."""

    def mark(view: View) -> View:
        view.limit_name = name  # type: ignore[attr-defined]
        return view

    return mark


def guard(app: Flask) -> None:
    """Let nothing under the API's prefix be reached without a login, unless it is marked as public, and
    nothing at all without limit."""
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
    """What a route can do is no secret: browsers ask with OPTIONS, without credentials (CORS preflight)."""
    if view is None or request.method == "OPTIONS":
        return False
    return request.path.startswith(f"{API_PREFIX}/") and not getattr(view, "is_public", False)


def _limit_name(view: Callable[..., object] | None) -> str:
    """A browser's question does not use up what the request that it is about may use."""
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
            code="rate_limited",
        )


def _tell_limit(response: Response) -> Response:
    result: RateLimitResult | None = g.get("rate_limit")
    if result is not None:
        response.headers["RateLimit-Limit"] = str(result.limit)
        response.headers["RateLimit-Remaining"] = str(result.remaining)
        response.headers["RateLimit-Reset"] = str(result.reset_seconds)
    return response
