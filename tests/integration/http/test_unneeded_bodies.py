"""Requests that need no body: one that is sent nevertheless must say nothing."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from entrypoints.wiring.application import Application
from tests.integration.http.client import ApiClient, refusal, refused_fields
from tests.integration.http.exporting import exported

ROUTES = [
    "PUT /questions/{question}/pin",
    "DELETE /questions/{question}/pin",
    "POST /questions/{question}/regenerate",
    "POST /jobs/{job}/retry",
    "POST /jobs/{job}/cancel",
    "DELETE /exports/{export}",
    "DELETE /questions/{question}",
    "DELETE /sessions/{session}",
    "DELETE /notifications",
    "POST /auth/logout",
]


@pytest.fixture
def ids(ada: ApiClient, application: Application) -> dict[str, str]:
    session = ada.make_session()["id"]
    question = ada.add_question(session)["id"]
    export = exported(application, ada, session)
    return {"session": session, "question": question, "export": export, "job": ada.generate(session)["id"]}


def _send(client: ApiClient, route: str, ids: dict[str, str], **options: Any) -> TestResponse:
    method, _, path = route.partition(" ")
    return client.request(method, path.format(**ids), **options)


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_meant_by_a_body_that_is_not_needed_is_not_ignored(
    ada: ApiClient, ids: dict[str, str], route: str
) -> None:
    unknown = _send(ada, route, ids, json={"pinned": False, "force": True})
    assert refused_fields(unknown) == {"pinned": ["Unknown field."], "force": ["Unknown field."]}

    form = _send(ada, route, ids, data="a=b", content_type="application/x-www-form-urlencoded")
    refusal(form, 415, "unsupported_media_type")
    refusal(_send(ada, route, ids, data=b"text"), 415, "unsupported_media_type")
    for malformed in (b'{"a":', b"[]", b"null", b'"{}"', b"\xff"):
        answer = _send(ada, route, ids, data=malformed, content_type="application/json")
        refusal(answer, 400, "bad_request")


@pytest.mark.parametrize("route", [route for route in ROUTES if "retry" not in route])
@pytest.mark.parametrize(
    "nothing",
    [{}, {"data": b"", "content_type": "text/plain"}, {"json": {}}, {"data": b"", "content_type": "a/b"}],
)
def test_nothing_may_be_said_in_several_ways(
    ada: ApiClient, ids: dict[str, str], route: str, nothing: dict[str, Any]
) -> None:
    assert _send(ada, route, ids, **nothing).status_code < 300


def test_who_is_not_logged_in_is_told_that_first(anonymous: ApiClient) -> None:
    refusal(anonymous.post("/auth/logout", everywhere=True), 401, "not_authenticated")
