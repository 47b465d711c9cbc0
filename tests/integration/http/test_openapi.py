"""The document that describes the API: complete, valid, and true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from entrypoints.http.app import create_app
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient
from tests.integration.http.described import openapi_document, operations, resolved, whole_example

_VERBS = set(
    "Accept Add Cancel Change Check Confirm Copy Create Delete Download End Export Generate Get "
    "Grade Leave List Log Mark Pin Receive Refresh Regenerate Register Remove Replace Request Resend "
    "Retry Save Search Send Set Share Show Start Unpin Unsubscribe Update Verify".split()
)

_UNDESCRIBED = ("/api/openapi.json", "/api/docs", "/live", "/problems", "/verify-email")


@pytest.fixture(scope="module")
def document(flask_app: Flask) -> dict[str, Any]:
    return openapi_document(flask_app)


def parameters(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolved(document, parameter) for parameter in operation.get("parameters", [])]


def has_example(document: dict[str, Any], media: dict[str, Any]) -> bool:
    schema = resolved(document, media["schema"])
    return "example" in media or any("example" in inner for inner in _inside(document, schema, depth=4))


def _inside(document: dict[str, Any], schema: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    yield schema
    if depth:
        for inner in [*schema.get("properties", {}).values(), schema.get("items", {})]:
            yield from _inside(document, resolved(document, inner), depth - 1)


def test_it_is_served_to_everybody(anonymous: ApiClient, document: dict[str, Any]) -> None:
    answer = anonymous.get("/api/openapi.json")

    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json["paths"].keys() == document["paths"].keys()


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_every_schema_in_it_is_a_valid_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_is_described(flask_app: Flask, document: dict[str, Any]) -> None:
    described = {(method.upper(), path) for method, path, _ in operations(document)}
    for rule in flask_app.url_map.iter_rules():
        if rule.rule == "/" or rule.rule.startswith(_UNDESCRIBED):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert (method, path) in described


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        assert operation.get("summary"), f"{method} {path}"
        assert len(operation["summary"]) < 100
        assert operation["tags"]


def test_every_summary_begins_with_a_verb(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        summary = operation["summary"]
        assert summary.split()[0] in _VERBS, f"{method} {path}: {summary}"
        assert not summary.endswith("."), f"{method} {path}: {summary}"


def test_every_operation_has_a_unique_name_for_clients(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)] == []
    assert len(set(names)) == len(names)
    assert {"listSessions", "createSession", "getSession", "generateQuestions"} <= set(names)


def test_an_operation_that_lists_is_called_so(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        is_list = answer is not None and "items" in resolved(document, answer["schema"]).get("properties", {})
        assert operation["operationId"].startswith("list") is is_list, f"{method} {path}"


def test_the_server_is_the_one_that_served_the_document(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "/"}]


def test_the_server_is_the_public_url_where_it_is_set(tmp_path: Path, clock: ManualClock) -> None:
    public = application_in_memory(
        tmp_path, clock, [], public_url="https://prep.example.com", has_public_url=True
    )
    with closing(public):
        document = openapi_document(create_app(public))

    assert document["servers"] == [{"url": "https://prep.example.com"}]


def test_patterns_are_of_the_dialect_of_json_schema(document: dict[str, Any]) -> None:
    patterns = re.findall(r'"pattern": "([^"]*)"', json.dumps(document))

    assert patterns
    assert [pattern for pattern in patterns if re.search(r"\\\\[AZz]|\(\?P", pattern)] == []


def test_every_success_answer_has_an_example_or_no_body(
    document: dict[str, Any],
) -> None:
    for method, path, operation in operations(document):
        successes = {status: answer for status, answer in operation["responses"].items() if status[0] == "2"}
        assert successes, f"{method} {path}"
        for status, answer in successes.items():
            content = answer.get("content", {})
            assert content or status in ("202", "204"), f"{method} {path} {status}"
            for media_type, media in content.items():
                if media_type == "application/json":
                    assert has_example(document, media), f"{method} {path} {status}"


def test_every_operation_has_its_errors_described_as_problems(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        errors = {status for status in operation["responses"] if status[0] in "45"}
        assert errors, f"{method} {path}"
        for status in errors - ({"503"} if path == "/health/ready" else set()):
            answer = resolved(document, operation["responses"][status])
            (media_type, media), *others = answer["content"].items()
            assert (media_type, others) == ("application/problem+json", []), f"{method} {path} {status}"
            assert media["example"]["status"] == int(status)
            Draft202012Validator(resolved(document, media["schema"])).validate(media["example"])


def test_what_the_shape_of_a_request_makes_possible_is_described(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        statuses = set(operation["responses"])
        if operation.get("security", document["security"]):
            assert "401" in statuses
        if "{" in path:
            assert "404" in statuses, f"{method} {path}"
        if "requestBody" in operation:
            assert statuses >= {"400", "413", "415", "422"}, f"{method} {path}"
        if any(parameter["in"] == "query" for parameter in parameters(document, operation)):
            assert statuses >= {"400", "422"}, f"{method} {path}"


def test_a_change_may_be_authorized_by_a_cookie_with_the_csrf_token(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["cookie"] == {"type": "apiKey", "in": "cookie", "name": "access_token"}
    assert document["security"] == [{"bearer": []}, {"cookie": []}]

    for method, path, operation in operations(document):
        is_by_cookie = operation.get("security") != [] or path.endswith("/auth/refresh")
        names = {parameter["name"] for parameter in parameters(document, operation)}
        assert ("X-CSRF-Token" in names) is (is_by_cookie and method != "get"), f"{method} {path}"


def test_every_answer_has_its_headers_described(document: dict[str, Any]) -> None:
    usual = {"X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
    for method, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            headers = resolved(document, answer)["headers"]
            assert headers.keys() >= usual, f"{method} {path} {status}"
            for header in headers.values():
                assert resolved(document, header)["schema"]
            if status == "429" or (status == "503" and path != "/health/ready"):
                assert "Retry-After" in headers


def test_a_download_says_that_parts_can_be_asked_for(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/exports/{export_id}/download"]["get"]
    names = {parameter["name"] for parameter in parameters(document, operation)}
    assert names == {"Range", "If-Range", "If-None-Match"}

    whole, part = (operation["responses"][status]["headers"] for status in ("200", "206"))
    assert whole.keys() >= {"Accept-Ranges", "Content-Disposition", "Content-Length", "ETag"}
    assert part.keys() - whole.keys() == {"Content-Range"}
    assert "ETag" in operation["responses"]["304"]["headers"]
    assert "Content-Range" in resolved(document, operation["responses"]["416"])["headers"]


def test_all_that_is_shared_is_used(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    unused = {
        f"{kind}/{name}"
        for kind, components in document["components"].items()
        for name in components
        if kind != "securitySchemes" and f'"#/components/{kind}/{name}"' not in text
    }
    assert unused == set()


def test_a_request_body_refuses_unknown_fields_in_the_document_too(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json":
                assert resolved(document, media["schema"])["additionalProperties"] is False, (
                    f"{method} {path}"
                )


def test_an_id_in_a_path_is_described_as_a_ulid(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for parameter in item.get("parameters", []):
            if parameter["name"].endswith("_id"):
                assert re.match(parameter["schema"]["pattern"], "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"), path


def test_every_example_of_a_property_keeps_the_rules_of_the_property(document: dict[str, Any]) -> None:
    count = 0
    for schema in document["components"]["schemas"].values():
        for property_schema in schema.get("properties", {}).values():
            if "example" in property_schema:
                local = {**property_schema, "components": document["components"]}
                Draft202012Validator(local).validate(property_schema["example"])
                count += 1
    assert count > 50


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ("LoggedIn", ["access_token", "refresh_token"]),
        ("Job", ["created_at", "started_at", "finished_at"]),
        ("SessionPage", ["next_cursor"]),
        ("NewExport", ["include_answers", "include_notes", "only_pinned"]),
        ("ResetToken", ["reset_token"]),
    ],
)
def test_what_cannot_be_guessed_has_an_example(
    document: dict[str, Any], schema: str, names: list[str]
) -> None:
    properties = document["components"]["schemas"][schema]["properties"]
    assert [name for name in names if "example" not in properties[name]] == []


def test_what_needs_a_login_says_so_and_what_says_nothing_needs_none(
    anonymous: ApiClient, document: dict[str, Any]
) -> None:
    for method, path, operation in operations(document):
        is_open = operation.get("security", document["security"]) == []
        url = re.sub(r"\{\w+\}", "01JD3Y6T0ZK4V9Q8N7M6H5G4F3", path)
        answer = anonymous.request(method.upper(), url)
        needs_login = answer.status_code == 401 and answer.json["code"] == "not_authenticated"
        assert needs_login is not is_open, f"{method} {path}: {answer.status_code}"


def test_the_examples_of_requests_are_requests_that_succeed(
    ada: ApiClient, application: Application, document: dict[str, Any]
) -> None:
    session = ada.make_session()
    question = ada.add_question(session["id"])
    ids = {"session_id": session["id"], "question_id": question["id"]}
    accepted = []
    for method, path, operation in operations(document):
        is_ours = path.startswith(("/api/v1/sessions", "/api/v1/questions", "/api/v1/users/me"))
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None or not is_ours:
            continue
        sent = body.get("example") or whole_example(document, body["schema"])
        answer = ada.request(method.upper(), path.format(**ids), json=sent)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        accepted.append(path)
    assert len(accepted) >= 6


def test_the_examples_of_signing_up_and_logging_in_fit_together(
    flask_client: FlaskClient, document: dict[str, Any]
) -> None:
    for path in ("/api/v1/auth/register", "/api/v1/auth/login"):
        body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        answer = flask_client.post(path, json=whole_example(document, body["schema"]))
        assert answer.status_code < 300, answer.text
