"""Refusal of requests for other hosts than the one in PUBLIC_URL.

A page whose name resolves to this server (DNS rebinding) and a cache that a foreign Host header misleads
get nothing.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from core.domain.error_codes import ErrorCode
from entrypoints.http.kit.problems import problem
from entrypoints.settings import Settings

_DEFAULT_PORTS = {"http": 80, "https": 443}


def serve_public_host_only(app: Flask, settings: Settings) -> None:
    """Refuse requests for other hosts, except for probes, which call a process by its address."""

    @app.before_request
    def check_host() -> Response | None:
        if _is_probe(request.path) or is_served_host(settings, request.environ.get("HTTP_HOST", "")):
            return None
        return problem(421, ErrorCode.WRONG_HOST, f"This server answers only for {settings.public_url}.")


def is_served_host(settings: Settings, host: str) -> bool:
    """Whether requests with this Host header are served: all are, unless PUBLIC_URL is set.

    Behind trusted proxies, the middleware has replaced the header by X-Forwarded-Host.
    """
    if not settings.has_public_url:
        return True
    scheme = urlsplit(settings.public_url).scheme
    return _host_and_port(host, scheme) == _host_and_port(urlsplit(settings.public_url).netloc, scheme)


def _is_probe(path: str) -> bool:
    return path.startswith("/health/") or path == "/metrics"


def _host_and_port(host: str, scheme: str) -> tuple[str, int] | None:
    """The name in lower case and in ASCII, with the scheme's port if there is none; None if malformed."""
    try:
        parts = urlsplit(f"//{host}")
        name = (parts.hostname or "").removesuffix(".")
        name = name if name.isascii() else name.encode("idna").decode("ascii")
        return name, parts.port or _DEFAULT_PORTS[scheme]
    except ValueError:
        return None
