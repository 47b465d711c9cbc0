"""A test client that holds every answer against the served OpenAPI document."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
_API_PATHS = ("/api/v1/", "/health/")


def openapi_document(app: Flask) -> dict[str, Any]:
    """What /api/openapi.json serves, without a request."""
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    document: dict[str, Any] = api.spec.to_dict()
    return document


class DescribedClient(FlaskClient):
    """Fails if an answer has a status, a media type or a body that the document does not promise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._document = openapi_document(self.application)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        if answer.request.path.startswith(_API_PATHS):
            assert re.fullmatch(r"[\x21-\x7e]{1,128}", answer.headers["X-Request-ID"])
            self._assert_is_described(answer)
        return answer

    def _assert_is_described(self, answer: TestResponse) -> None:
        operation = self._operation(answer)
        if operation is None:
            return
        where = f"{answer.request.method} {answer.request.path}"
        promised = self._resolved(operation["responses"].get(str(answer.status_code)))
        assert promised is not None, f"{where}: {answer.status_code} is not described: {answer.text[:500]}"
        content = promised.get("content", {})
        if not content or answer.request.method == "HEAD":
            assert answer.data == b"", f"{where}: there is a body that is not described"
            return
        assert answer.mimetype in content, f"{where}: {answer.mimetype} is not described"
        self._validator(content[answer.mimetype]["schema"]).validate(answer.json)

    def _operation(self, answer: TestResponse) -> dict[str, Any] | None:
        """Of the document, or None if the request has missed every route."""
        method = answer.request.method.replace("HEAD", "GET")
        routes = self.application.url_map.bind("localhost")
        try:
            rule, _ = routes.match(answer.request.path, method, return_rule=True)
        except (HTTPException, RequestRedirect):
            return None
        operations: dict[str, Any] = self._document["paths"][_CONVERTER.sub(r"{\1}", rule.rule)]
        return operations.get(method.lower())

    def _resolved(self, response: dict[str, Any] | None) -> dict[str, Any] | None:
        if response is None or "$ref" not in response:
            return response
        resolved: dict[str, Any] = self._document["components"]["responses"][response["$ref"].rsplit("/")[-1]]
        return resolved

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self._document["components"]})
