"""What all routes share: the blueprint, the reading of requests, and how they are described."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Request, current_app, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.routing import BaseConverter

from core.domain.paging import DEFAULT_LIMIT, MAX_LIMIT
from entrypoints.bootstrap import Application
from entrypoints.http import problems
from entrypoints.http.fields import refuse_non_text

View = TypeVar("View", bound=Callable[..., Any])

PREFIX = "/api/v1"


def application() -> Application:
    """The use cases behind the app that serves the present request."""
    found: Application = current_app.extensions["interview_prep"]
    return found


class UlidConverter(BaseConverter):
    """An id in a path. What is not an id cannot name anything: the route is not found."""

    regex = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


class StrictParser(FlaskParser):
    """Refuses unknown fields everywhere, what is not JSON, and JSON that no JSON parser should take."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - as the library declares it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        body = req.get_data(cache=True)
        if body and not req.is_json:
            raise UnsupportedMediaType("The body must be JSON, with Content-Type: application/json.")
        if not body:
            return {}
        try:
            loaded = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"The body is not valid JSON: {_reason(error)}") from error
        if not isinstance(loaded, dict):
            raise BadRequest("The body must be a JSON object.")
        return loaded

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        for name, value in req.args.items(multi=True):
            try:
                refuse_non_text(name + value)
            except ma.ValidationError as error:
                raise BadRequest("The query contains characters that no text contains.") from error
        return super().load_querystring(req, schema)


def _refuse_constant(name: str) -> None:
    raise BadRequest(f"The body is not valid JSON: {name} is not JSON.")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}."
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8."
    return "it is nested too deeply." if isinstance(error, RecursionError) else "a number is too long."


def _take_in_body() -> None:
    """Read the whole body first, so that every route refuses one that is too large, needed or not."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    body, limit = request.get_data(cache=True), request.max_content_length
    is_cut_off = limit is not None and len(body) >= limit and request.content_length is None
    if is_cut_off and request.environ["wsgi.input"].read(1):  # chunked: werkzeug ends it without a word
        raise RequestEntityTooLarge


class Blueprint(flask_smorest.Blueprint):
    """Routes of one resource. All need a login unless they are marked with `public`."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(*names, **options)
        self.before_request(_take_in_body)

    def register_views_in_doc(self, api: Any, app: Any, spec: Any, **options: Any) -> None:
        api.register_converter(
            UlidConverter, lambda _: {"type": "string", "pattern": f"^{UlidConverter.regex}$"}
        )
        if _problem_name(503) not in spec.components.responses:
            _describe_problems(spec)
        super().register_views_in_doc(api, app, spec, **options)

    @staticmethod
    def _prepare_response_doc(doc: Any, doc_info: Any, **context: Any) -> Any:
        """Without the library's default answer, whose shape is not ours; with what the shape implies."""
        described = flask_smorest.Blueprint._prepare_response_doc(doc, doc_info, **context)
        described["responses"].pop("default", None)
        is_public = doc_info.get("manual_doc", {}).get("security") == []
        for status in _implied_problems(described, context["method"], is_public=is_public):
            described["responses"][status] = _problem_name(status)
        return described

    def problems(self, *statuses: int) -> Callable[[View], View]:
        """Describe the error answers of a route, beside those that its shape implies."""

        def decorate(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, _problem_name(status))(view)
            return view

        return decorate

    def conditional_read(self, view: View) -> View:
        """Describe a GET whose answer carries an ETag."""
        etag = {"description": "The version of what is answered.", "schema": {"type": "string"}}
        return self.doc(
            parameters=[_condition("If-None-Match"), _condition("If-Match")],
            responses={
                200: {"headers": {"ETag": etag}},
                304: {"description": "You have it already"},
            },
        )(self.problems(412)(view))

    def conditional_change(self, view: View) -> View:
        """Describe a PATCH or DELETE that may be bound to the version that was read."""
        return self.doc(parameters=[_condition("If-Match")])(self.problems(412)(view))


def _implied_problems(doc: Mapping[str, Any], method: str, *, is_public: bool) -> set[int]:
    """A login may be missing, a store away, a limit used up, a body or a query wrong."""
    implied = {414, 429, 431, 503} - set(doc["responses"])
    is_safe = method in ("get", "head", "options")
    if not is_public:
        implied |= {401} if is_safe else {401, 403}
    if not is_safe:
        implied |= {413}
    if "requestBody" in doc:
        implied |= {400, 415, 422}
    if any(parameter["in"] == "query" for parameter in doc.get("parameters", ())):
        implied |= {400, 422}
    return implied


def _condition(name: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "description": "An ETag (RFC 9110, section 13).",
        "schema": {"type": "string"},
    }


_PROBLEMS = {
    400: ("The request cannot be understood", "bad_request"),
    401: ("Not logged in", "not_authenticated"),
    403: ("The CSRF token is missing or wrong", "csrf_failed"),
    404: ("Not found, or somebody else's", "not_found"),
    409: ("The present state does not allow it", "conflict"),
    410: ("Gone for good", "gone"),
    412: ("The resource has changed since it was read", "precondition_failed"),
    413: ("The body is too large", "body_too_large"),
    414: ("The URL is too long", "url_too_long"),
    415: ("The body is not JSON", "unsupported_media_type"),
    416: ("The file has no such part", "range_not_satisfiable"),
    422: ("A value breaks a rule; see `errors`", "validation_failed"),
    429: ("Too many requests; see `Retry-After`", "rate_limited"),
    431: ("The headers are too large", "headers_too_large"),
    503: ("A part that this needs is away; see `Retry-After`", "unavailable"),
}
"""What an error answer means, and the general code of it; a particular one says more."""

LOCATION = {"Location": {"description": "Where it is to be found.", "schema": {"type": "string"}}}
"""The headers of an answer that names something new."""


def _problem_name(status: int) -> str:
    return f"Problem{status}"


def _describe_problems(spec: Any) -> None:
    """Put the error answers where every route can refer to them."""
    for status, (meaning, code) in _PROBLEMS.items():
        example = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": f"{meaning}.",
            "code": code,
            "request_id": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3",
        }
        content = {problems.MEDIA_TYPE: {"schema": ProblemSchema, "example": example}}
        spec.components.response(_problem_name(status), {"description": meaning, "content": content})


def public(view: View) -> View:
    """Mark a view that needs no login."""
    described: View = Blueprint.doc(security=[])(view)
    described.is_public = True  # type: ignore[attr-defined]
    return described


class ProblemSchema(ma.Schema):
    """RFC 9457 problem details."""

    type = ma.fields.String(metadata={"example": "about:blank"})
    title = ma.fields.String(metadata={"example": "Unprocessable Entity"})
    status = ma.fields.Integer(metadata={"example": 422})
    detail = ma.fields.String(metadata={"example": "The request is not valid; see `errors`."})
    code = ma.fields.String(metadata={"example": "validation_failed"})
    request_id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    errors = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.List(ma.fields.String()),
        metadata={"example": {"count": ["Must be greater than or equal to 1 and less than or equal to 50."]}},
    )


class PageQuery(ma.Schema):
    limit = ma.fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=ma.validate.Range(1, MAX_LIMIT),
        metadata={"description": "Items per page."},
    )
    cursor = ma.fields.String(metadata={"description": "`next_cursor` of the page before."})


def page_schema(item: type[ma.Schema], name: str) -> type[ma.Schema]:
    """The schema of a list of these items."""
    fields: dict[str, ma.fields.Field[Any]] = {
        "items": ma.fields.List(ma.fields.Nested(item)),
        "next_cursor": ma.fields.String(
            allow_none=True, metadata={"description": "Where to go on; null at the end."}
        ),
    }
    return ma.Schema.from_dict(fields, name=name)
