"""What all routes share: the blueprint, the reading of requests, and how they are described."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Request, current_app
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
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
    raise ValueError(f"{name} is not JSON")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}."
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8."
    return "it is nested too deeply." if isinstance(error, RecursionError) else f"{error}."


class Blueprint(flask_smorest.Blueprint):
    """Routes of one resource. All need a login unless they are marked with `public`."""

    ARGUMENTS_PARSER = StrictParser()

    def problems(self, *statuses: int) -> Callable[[View], View]:
        """Describe the error answers of a route, beside those that every route has."""

        def decorate(view: View) -> View:
            for status in statuses:
                view = self.alt_response(
                    status,
                    schema=ProblemSchema,
                    content_type=problems.MEDIA_TYPE,
                    description=_MEANINGS[status],
                    success=False,
                )(view)
            return view

        return decorate


_MEANINGS = {
    400: "The request cannot be understood",
    401: "Not logged in",
    404: "Not found, or somebody else's",
    409: "The present state does not allow it",
    410: "Gone for good",
    412: "The resource has changed since it was read",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A value breaks a rule; see `errors`",
    429: "Too many requests; see `Retry-After`",
    503: "A part that this needs is away; see `Retry-After`",
}


def public(view: View) -> View:
    """Mark a view that needs no login."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


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
    cursor = ma.fields.String(
        load_default=None, metadata={"description": "`next_cursor` of the page before."}
    )


def page_schema(item: type[ma.Schema], name: str) -> type[ma.Schema]:
    """The schema of a list of these items."""
    fields: dict[str, ma.fields.Field[Any]] = {
        "items": ma.fields.List(ma.fields.Nested(item)),
        "next_cursor": ma.fields.String(
            allow_none=True, metadata={"description": "Where to go on; null at the end."}
        ),
    }
    return ma.Schema.from_dict(fields, name=name)
