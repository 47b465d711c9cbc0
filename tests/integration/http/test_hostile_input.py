"""Whatever is sent: never a 5xx, a problem for every refusal, and nothing written by a refused request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from core.domain.jobs.jobs import JobFilter
from core.domain.library.questions import QuestionFilter, QuestionSort
from core.domain.library.sessions import SessionFilter
from core.domain.paging import MAX_LIMIT, PageRequest
from entrypoints.wiring.application import Application
from tests.integration.http.client import ApiClient
from tests.integration.http.described import openapi_document, operations, whole_example
from tests.integration.http.hostile import any_bytes, header_values, json_values, query_values, raw_bodies

_ULID = "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"
_HEADERS = ["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "X-Request-ID"]
_HEADERS += [
    "Accept",
    "Cookie",
    "Host",
    "Origin",
    "Range",
    "Content-Length",
    "X-CSRF-Token",
    "X-Forwarded-For",
]


def _bounded(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture
def ids(ada: ApiClient) -> dict[str, str]:
    session = ada.make_session()
    question = ada.add_question(session["id"])
    return {
        "session_id": session["id"],
        "question_id": question["id"],
        "job_id": ada.generate(session["id"])["id"],
    }


def _path(template: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], _ULID), template)


def _assert_is_an_answer(answer: TestResponse) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"
        problem = answer.json
        assert problem["status"] == answer.status_code
        assert re.fullmatch("[a-z][a-z0-9_]*", problem["code"])
        assert problem["detail"]
        json.dumps(problem, ensure_ascii=False).encode()  # it is text throughout


class _Watcher:
    """Notices what is written for a user."""

    def __init__(self, application: Application, user_id: str) -> None:
        self._application = application
        self._user_id = user_id
        self.seen = self._all()

    def _all(self) -> list[Any]:
        first = PageRequest(MAX_LIMIT)
        user, built = self._user_id, self._application
        return [
            built.identity.accounts.profile(user),
            built.library.sessions.page(user, SessionFilter(), first),
            built.library.questions.page(user, QuestionFilter(), QuestionSort.NEWEST, first),
            built.jobs.service.page(user, JobFilter(), first),
        ]

    def assert_refusals_write_nothing(self, answer: TestResponse) -> None:
        before, self.seen = self.seen, self._all()
        if answer.status_code >= 400:
            assert self.seen == before, f"written: {answer.request.method} {answer.request.path}"


@pytest.fixture
def watcher(ada: ApiClient, application: Application, ids: dict[str, str]) -> _Watcher:
    return _Watcher(application, ada.get("/users/me").json["id"])


def _json_routes(flask_app: Flask, ids: dict[str, str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and a good body."""
    document = openapi_document(flask_app)
    for method, path, operation in operations(document):
        media = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if media is not None:
            yield method.upper(), _path(path, ids), whole_example(document, media["schema"])


@_bounded(50)
@given(odd=st.dictionaries(st.integers(0, 20), json_values, min_size=1, max_size=3))
def test_good_bodies_with_odd_values(
    flask_app: Flask, ada: ApiClient, ids: dict[str, str], watcher: _Watcher, odd: dict[int, Any]
) -> None:
    for method, path, body in _json_routes(flask_app, ids):
        names = [*body, "extra"]
        changed = {**body, **{names[position % len(names)]: value for position, value in odd.items()}}
        answer = ada.request(method, path, data=json.dumps(changed), content_type="application/json")
        _assert_is_an_answer(answer)
        watcher.assert_refusals_write_nothing(answer)


@_bounded(30)
@given(body=json_values.map(lambda value: json.dumps(value).encode()) | raw_bodies)
def test_bodies_of_any_shape(
    flask_app: Flask, ada: ApiClient, ids: dict[str, str], watcher: _Watcher, body: bytes
) -> None:
    for method, path, _ in _json_routes(flask_app, ids):
        answer = ada.request(method, path, data=body, content_type="application/json")
        _assert_is_an_answer(answer)
        watcher.assert_refusals_write_nothing(answer)


@_bounded(40)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 20), query_values), max_size=3),
    extra=st.none() | st.tuples(any_bytes, any_bytes),
)
def test_query_strings_of_any_shape(
    flask_app: Flask,
    ada: ApiClient,
    ids: dict[str, str],
    pairs: list[tuple[int, bytes]],
    extra: tuple[bytes, bytes] | None,
) -> None:
    for method, path, operation in operations(openapi_document(flask_app)):
        if method != "get":
            continue
        names = [parameter["name"] for parameter in operation.get("parameters", [])] or ["limit"]
        named = [(names[position % len(names)].encode(), value) for position, value in pairs]
        query = "&".join(
            f"{quote_from_bytes(name)}={quote_from_bytes(value)}"
            for name, value in [*named, *([extra] if extra else [])]
        )
        _assert_is_an_answer(ada.request("GET", f"{_path(path, ids)}?{query}"))


@_bounded(40)
@given(name=st.sampled_from(_HEADERS), value=header_values)
def test_headers_of_any_shape(
    ada: ApiClient, ids: dict[str, str], watcher: _Watcher, name: str, value: str
) -> None:
    session, question = f"/sessions/{ids['session_id']}", f"/questions/{ids['question_id']}"
    for method, path, body in (
        ("GET", session, None),
        ("PATCH", session, {"role": "SRE"}),
        ("POST", f"{session}/questions/generate", {"count": 1}),
        ("POST", f"{question}/regenerate", None),
        ("PUT", f"{question}/pin", None),
    ):
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if data else {}
        answer = ada.request(method, path, data=data, headers={**headers, name: value})
        _assert_is_an_answer(answer)
        watcher.assert_refusals_write_nothing(answer)


@_bounded(30)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_paths_of_any_shape(ada: ApiClient, text: str) -> None:
    for template in ("/{}", "/sessions/{}", "/sessions/{}/questions", "/questions/{}/pin", "/jobs/{}/cancel"):
        for method in ("GET", "PUT", "POST", "DELETE"):
            _assert_is_an_answer(ada.request(method, template.format(quote(text, safe=""))))
