"""Common parts of the OpenAPI document: headers, conditions and error responses."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import marshmallow as ma

from core.domain.error_codes import ErrorCode
from entrypoints.http.kit import problems

CSRF_PARAMETER = "CsrfToken"
"""The component that describes the header with the CSRF token."""


def implied_problems(
    doc: Mapping[str, Any], method: str, *, is_public: bool, reads_its_body: bool
) -> set[int]:
    """The error statuses that follow from the shape of a request, such as 401 for a route with a login."""
    implied = {414, 429, 431, 503} - set(doc["responses"])
    is_safe = method in ("get", "head", "options")
    if not is_public:
        implied |= {401} if is_safe else {401, 403}
    if not is_safe:
        implied |= {408, 413}
        implied |= set() if reads_its_body else {400, 415, 422}
    if any(parameter["in"] == "query" for parameter in doc.get("parameters", ())):
        implied |= {400, 422}
    return implied


def parameter(name: str, description: str = "ETags (RFC 9110, section 13).") -> dict[str, Any]:
    """The description of a request header, by default of a conditional one."""
    return {"in": "header", "name": name, "description": description, "schema": {"type": "string"}}


def header(description: str, kind: str = "string") -> dict[str, Any]:
    """The description of a response header."""
    return {"description": description, "schema": {"type": kind}}


ETAG = {"ETag": header("The version of the response.")}
LOCATION = {"Location": header("The URL of the created resource.")}
"""The headers of a response that creates something."""

_COMMON_HEADERS = {
    "X-Request-ID": header("The id of the request, as in the log."),
    "RateLimit-Limit": header("The number of requests that the limit allows.", "integer"),
    "RateLimit-Remaining": header("The number of requests left.", "integer"),
    "RateLimit-Reset": header("Seconds until the limit is reset.", "integer"),
}
_RETRY_AFTER = {"Retry-After": header("Seconds to wait before the next try.", "integer")}
_HEADERS_OF_PROBLEMS = {
    401: {"WWW-Authenticate": header("`Bearer`.")},
    416: {"Content-Range": header("The size of the file, as `bytes */size`.")},
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}


def common_headers() -> dict[str, str]:
    """The headers of every response, by the names of their components."""
    return {name: _component(name) for name in _COMMON_HEADERS}


def _component(header_name: str) -> str:
    return header_name.replace("-", "")


_PROBLEMS = {
    400: ("The request is malformed", ErrorCode.BAD_REQUEST),
    401: ("Not logged in", ErrorCode.NOT_AUTHENTICATED),
    403: ("The CSRF token is missing or wrong, or the user may not do this", ErrorCode.CSRF_FAILED),
    404: ("Not found, or it belongs to another user", ErrorCode.NOT_FOUND),
    408: ("The body comes too slowly", ErrorCode.BODY_TOO_SLOW),
    409: ("The current state or a limit of the user does not allow it", ErrorCode.CONFLICT),
    410: ("Removed permanently", ErrorCode.GONE),
    412: ("The resource has changed since it was read", ErrorCode.PRECONDITION_FAILED),
    413: ("The body is too large", ErrorCode.BODY_TOO_LARGE),
    414: ("The URL is too long", ErrorCode.URL_TOO_LONG),
    415: ("The body is not JSON", ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    416: ("The file has no such range", ErrorCode.RANGE_NOT_SATISFIABLE),
    422: ("A value breaks a rule; see `errors`", ErrorCode.VALIDATION_FAILED),
    429: ("Too many requests; see `Retry-After`", ErrorCode.RATE_LIMITED),
    431: ("The headers are too large", ErrorCode.HEADERS_TOO_LARGE),
    503: ("A required service is unavailable; see `Retry-After`", ErrorCode.UNAVAILABLE),
}
"""The meaning of each error response and its general code. Actual responses may have a more specific code."""


def problem_name(status: int) -> str:
    return f"Problem{status}"


def describe_common(spec: Any) -> None:
    """Add the common headers and error responses as components, to which routes refer."""
    for name, described in _COMMON_HEADERS.items():
        spec.components.header(_component(name), described)
    for status, (meaning, code) in _PROBLEMS.items():
        example = {
            "type": problems.problem_type(code),
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": f"{meaning}.",
            "code": code,
            "request_id": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3",
        }
        content = {problems.MEDIA_TYPE: {"schema": ProblemSchema, "example": example}}
        headers = {**common_headers(), **_HEADERS_OF_PROBLEMS.get(status, {})}
        answer = {"description": meaning, "headers": headers, "content": content}
        spec.components.response(problem_name(status), answer)


class ProblemSchema(ma.Schema):
    """RFC 9457 problem details."""

    type = ma.fields.String(
        metadata={
            "description": "The URL of a page about the code.",
            "example": problems.problem_type(ErrorCode.VALIDATION_FAILED),
        }
    )
    title = ma.fields.String(metadata={"example": "Unprocessable Entity"})
    status = ma.fields.Integer(metadata={"example": 422})
    detail = ma.fields.String(metadata={"example": "The request is not valid; see `errors`."})
    code = ma.fields.String(metadata={"example": ErrorCode.VALIDATION_FAILED.value})
    request_id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    errors = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.List(ma.fields.String()),
        metadata={"example": {"count": ["Must be greater than or equal to 1 and less than or equal to 50."]}},
    )
