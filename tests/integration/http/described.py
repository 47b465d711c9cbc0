"""A test client that holds every answer against the served OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
_METHODS = ("get", "put", "post", "patch", "delete")
_API_PATHS = ("/api/v1/", "/health/")


def openapi_document(app: Flask) -> dict[str, Any]:
    """What /api/openapi.json serves, without a request."""
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    document: dict[str, Any] = api.spec.to_dict()
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield method, path, item[method]


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node, or what it refers to."""
    while "$ref" in node:
        found: Any = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        node = found
    return node


def whole_example(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """An instance of an object's schema, made of the examples of all its properties."""
    properties = resolved(document, schema)["properties"]
    return {name: _example(document, inner) for name, inner in properties.items()}


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    schema = resolved(document, schema)
    for name in ("example", "default"):
        if name in schema:
            return schema[name]
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        return {name: _example(document, properties[name]) for name in schema.get("required", properties)}
    if schema.get("type") == "boolean":
        return True
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    raise AssertionError(f"no example: {schema}")


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
        promised = operation["responses"].get(str(answer.status_code))
        assert promised is not None, f"{where}: {answer.status_code} is not described: {answer.text[:500]}"
        content = resolved(self._document, promised).get("content", {})
        if not content or answer.request.method == "HEAD":
            assert answer.data == b"", f"{where}: there is a body that is not described"
            return
        assert answer.mimetype in content, f"{where}: {answer.mimetype} is not described"
        if answer.is_json:
            schema = {**content[answer.mimetype]["schema"], "components": self._document["components"]}
            broken = best_match(Draft202012Validator(schema).iter_errors(answer.json))
            assert broken is None, f"{where}: {broken.json_path}: {broken.message}"

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
