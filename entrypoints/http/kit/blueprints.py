"""The common base of all routes: the blueprint, access to the use cases, and page schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import flask_smorest
import marshmallow as ma
from flask import current_app
from flask_smorest.utils import deepupdate
from werkzeug.routing import BaseConverter

from core.domain.paging import DEFAULT_LIMIT, MAX_LIMIT
from entrypoints.http.kit.openapi import (
    CSRF_PARAMETER,
    ETAG,
    common_headers,
    implied_problems,
    parameter,
    problem_name,
)
from entrypoints.http.kit.request_parsing import PARSER, take_in_body
from entrypoints.wiring.application import Application

View = TypeVar("View", bound=Callable[..., Any])

_READS_ITS_BODY = "reads_its_body"


def application() -> Application:
    """The application that serves the current request."""
    found: Application = current_app.extensions["interview_prep"]
    return found


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


class UlidConverter(BaseConverter):
    """An id in a path. A value that is not a ULID does not match the route."""

    regex = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


class Blueprint(flask_smorest.Blueprint):
    """Routes of one resource. A route needs a login unless it is marked with `public`."""

    ARGUMENTS_PARSER = PARSER

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(*names, **options)
        self.before_request(take_in_body)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Register a view. Its operationId is its name: `list_sessions` becomes `listSessions`."""
        register = super().route(rule, **options)

        def decorate(view: View) -> View:
            registered: View = register(self.doc(operationId=_camel_case(view.__name__))(view))
            return registered

        return decorate

    def register_views_in_doc(self, api: Any, app: Any, spec: Any, **options: Any) -> None:
        api.register_converter(
            UlidConverter, lambda _: {"type": "string", "pattern": f"^{UlidConverter.regex}$"}
        )
        super().register_views_in_doc(api, app, spec, **options)

    def arguments(self, schema: Any, *, location: str = "json", **options: Any) -> Any:
        is_required = options.get("required", True)
        describe = super().arguments(schema, location=location, **options)

        def decorate(view: View) -> View:
            described: View = describe(view)
            if location == "json":
                described.reads_its_body = True  # type: ignore[attr-defined]
                described.needs_a_body = is_required  # type: ignore[attr-defined]
            return described

        return decorate

    @staticmethod
    def _prepare_response_doc(doc: Any, doc_info: Any, **context: Any) -> Any:
        """Add the error responses that the request's shape implies, and the common headers."""
        described = flask_smorest.Blueprint._prepare_response_doc(doc, doc_info, **context)
        by_hand = doc_info.get("manual_doc", {})
        is_public = by_hand.get("security") == []
        answers = deepupdate(described["responses"], by_hand.pop("responses", {}))
        for status in implied_problems(
            described,
            context["method"],
            is_public=is_public,
            reads_its_body=by_hand.pop(_READS_ITS_BODY, False),
        ):
            answers[status] = problem_name(status)
        for answer in answers.values():
            if isinstance(answer, dict):
                answer["headers"] = {**common_headers(), **answer.get("headers", {})}
        parameters = [*described.get("parameters", ()), *by_hand.pop("parameters", ())]
        if context["method"] != "get" and not is_public:
            parameters.append(CSRF_PARAMETER)
        return {**described, "parameters": parameters} if parameters else described

    def problems(self, *statuses: int) -> Callable[[View], View]:
        """Describe the error responses of a route, beside those that its shape implies."""

        def decorate(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, problem_name(status))(view)
            return view

        return decorate

    def conditional_read(self, view: View) -> View:
        """Describe a GET whose response has an ETag."""
        return self.doc(
            parameters=[parameter("If-None-Match"), parameter("If-Match")],
            responses={
                200: {"headers": ETAG},
                304: {"description": "Not modified", "headers": ETAG},
            },
        )(self.problems(412)(view))

    def conditional_change(self, view: View) -> View:
        """Describe a PATCH or DELETE that supports If-Match."""
        return self.doc(parameters=[parameter("If-Match")])(self.problems(412)(view))


def public(view: View) -> View:
    """Mark a view that needs no login."""
    described: View = Blueprint.doc(security=[])(view)
    described.is_public = True  # type: ignore[attr-defined]
    return described


def reads_its_body(view: View) -> View:
    """Mark a view that reads the raw body instead of JSON of a schema."""
    described: View = Blueprint.doc(**{_READS_ITS_BODY: True})(view)
    described.reads_its_body = True  # type: ignore[attr-defined]
    return described


class PageQuery(ma.Schema):
    limit = ma.fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=ma.validate.Range(1, MAX_LIMIT),
        metadata={"description": "Items per page."},
    )
    cursor = ma.fields.String(metadata={"description": "`next_cursor` of the previous page."})


def page_schema(item: type[ma.Schema], name: str) -> type[ma.Schema]:
    """The schema of a list of these items."""
    fields: dict[str, ma.fields.Field[Any]] = {
        "items": ma.fields.List(ma.fields.Nested(item)),
        "next_cursor": ma.fields.String(
            allow_none=True,
            metadata={
                "description": "The cursor of the next page, or null on the last page.",
                "example": "WyIyMDI2LTAxLTE1Il0.3mJ0mZk1mYb3vTq8wXo5sLd2cHf",
            },
        ),
    }
    return ma.Schema.from_dict(fields, name=name)
