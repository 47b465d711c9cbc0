"""Strict parsing of requests."""

from __future__ import annotations

import json
from typing import Any

import marshmallow as ma
from flask import Request, current_app, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from core.domain.error_codes import ErrorCode
from core.domain.errors import Invalid
from core.domain.text import non_text_fault


class StrictParser(FlaskParser):
    """A parser that refuses unknown fields, bodies that are not JSON, and nonstandard JSON such as NaN."""

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
            if non_text_fault(name + value) is not None:
                raise BadRequest("The query contains characters that are not text.")
        return super().load_querystring(req, schema)


def _refuse_constant(name: str) -> None:
    raise BadRequest(f"The body is not valid JSON: {name} is not JSON.")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}."
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8."
    return "it is nested too deeply." if isinstance(error, RecursionError) else "a number is too long."


PARSER = StrictParser()


class _NothingSchema(ma.Schema):
    """The body of a request that does not need one."""


def take_in_body() -> None:
    """Read the whole body first, so that every route refuses one that is too large.

    The body of a view that is not marked with `reads_its_body` must be empty or `{}`. Ignoring other
    content would hide a client's mistake. A view that reads JSON needs a body.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    body, limit = request.get_data(cache=True), request.max_content_length
    is_cut_off = limit is not None and len(body) >= limit and request.content_length is None
    if is_cut_off and request.environ["wsgi.input"].read(1):  # chunked: werkzeug cuts it off silently
        raise RequestEntityTooLarge
    view = current_app.view_functions[request.endpoint or ""]
    if not getattr(view, "reads_its_body", False):
        PARSER.parse(_NothingSchema(), request, location="json")
    elif not body and getattr(view, "needs_a_body", False):
        raise Invalid(
            "The request has no body.", code=ErrorCode.VALIDATION_FAILED, errors={"body": ["Is required."]}
        )
