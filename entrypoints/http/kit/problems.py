"""Error responses: problem details of RFC 9457."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, json
from werkzeug.exceptions import ClientDisconnected, HTTPException

from core.domain import errors
from core.domain.error_codes import ErrorCode
from core.domain.text import encodable
from entrypoints.http.kit.slow_senders import SenderTooSlow
from entrypoints.request_id import current_request_id

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_MAX_NAME_LENGTH = 100
_MAX_FIELDS = 100

_STATUS: Mapping[type[errors.DomainError], int] = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.Malformed: 400,
    errors.NotAuthenticated: 401,
    errors.Forbidden: 403,
    errors.PreconditionFailed: 412,
    errors.Gone: 410,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}

_CODES: Mapping[int, ErrorCode] = {
    308: ErrorCode.PERMANENT_REDIRECT,
    400: ErrorCode.BAD_REQUEST,
    404: ErrorCode.ROUTE_NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.BODY_TOO_LARGE,
    414: ErrorCode.URL_TOO_LONG,
    415: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    422: ErrorCode.VALIDATION_FAILED,
    431: ErrorCode.HEADERS_TOO_LARGE,
}


def problem_type(code: ErrorCode, public_url: str = "") -> str:
    """The URL of the page about the code. It is relative where the public URL is not set."""
    return f"{public_url}/problems/{code}"


def problem(
    status: int,
    code: ErrorCode,
    detail: str,
    *,
    field_errors: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response. `type` is the URL of the page about the code."""
    body: dict[str, Any] = {
        "type": problem_type(code, current_app.extensions["interview_prep"].settings.own_public_url),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": current_request_id(),
    }
    if field_errors:
        body["errors"] = field_errors
    return Response(json.dumps(body), status, headers, mimetype=MEDIA_TYPE)


def _of_domain(error: errors.DomainError) -> Response:
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    headers = {}
    if isinstance(error, errors.TooManyRequests | errors.Unavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    field_errors = error.errors if isinstance(error, errors.Invalid) else None
    return problem(status, error.code, error.detail, field_errors=field_errors, headers=headers)


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages")
    detail = error.description or HTTPStatus(status).phrase
    if messages:
        detail = "The request is not valid; see `errors`."
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() in ("allow", "retry-after", "location")
    }
    code = _CODES.get(status, ErrorCode.BAD_REQUEST if status < 500 else ErrorCode.INTERNAL_ERROR)
    return problem(status, code, detail, field_errors=_flat(messages) if messages else None, headers=headers)


def _of_incomplete_body(error: ClientDisconnected) -> Response:
    """Werkzeug takes whatever ends a body too early for the end of its client."""
    if isinstance(error.__context__, SenderTooSlow):
        return problem(408, ErrorCode.BODY_TOO_SLOW, "The body comes too slowly.")
    return _of_http(error)


def _flat(messages: Any) -> dict[str, list[str]]:
    """A schema's nested messages by `field.subfield`, without the name of the location."""
    flat: dict[str, list[str]] = {}
    for of_location in messages.values():
        _flatten(of_location, (), flat)
    return flat


def _flatten(messages: Any, path: tuple[str, ...], flat: dict[str, list[str]]) -> None:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # The field name comes from the client and may not be encodable.
            _flatten(inner, (*path, encodable(str(name)[:_MAX_NAME_LENGTH], "?")), flat)
    elif len(flat) < _MAX_FIELDS:
        flat.setdefault(".".join(path) if path != ("_schema",) else "body", []).extend(messages)


def _of_bug(error: Exception) -> Response:
    log.exception("unexpected error", exc_info=error)
    return problem(500, ErrorCode.INTERNAL_ERROR, "An internal error occurred and was logged.")


def handle_errors(app: Flask) -> None:
    app.register_error_handler(errors.DomainError, _of_domain)
    app.register_error_handler(ClientDisconnected, _of_incomplete_body)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_bug)
