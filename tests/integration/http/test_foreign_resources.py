"""Somebody else's things are not there: 404, on every route, and nothing about them changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.http.client import ApiClient, refusal

_ULID = "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"

_BODIES: dict[str, dict[str, Any]] = {
    "PATCH /sessions/{session}": {"role": "Mine now"},
    "POST /sessions/{session}/questions": {"text": "Mine?", "answer": "Mine."},
    "POST /sessions/{session}/questions/generate": {"count": 1},
    "PATCH /questions/{question}": {"text": "Mine?"},
}

ROUTES = [
    "GET /sessions/{session}",
    "PATCH /sessions/{session}",
    "DELETE /sessions/{session}",
    "GET /sessions/{session}/questions",
    "POST /sessions/{session}/questions",
    "POST /sessions/{session}/questions/generate",
    "GET /questions/{question}",
    "PATCH /questions/{question}",
    "DELETE /questions/{question}",
    "PUT /questions/{question}/pin",
    "DELETE /questions/{question}/pin",
    "POST /questions/{question}/regenerate",
    "GET /jobs/{job}",
    "POST /jobs/{job}/cancel",
    "POST /jobs/{job}/retry",
]


@pytest.fixture
def adas(ada: ApiClient) -> dict[str, str]:
    session = ada.make_session()
    question = ada.add_question(session["id"])
    return {"session": session["id"], "question": question["id"], "job": ada.generate(session["id"])["id"]}


@pytest.mark.parametrize("route", ROUTES)
def test_it_looks_as_if_it_did_not_exist(
    ada: ApiClient, eve: ApiClient, adas: dict[str, str], route: str
) -> None:
    method, _, template = route.partition(" ")
    nothing = {"session": "0" * 26, "question": "0" * 26, "job": "0" * 26}
    code = f"{template.split('/')[1].removesuffix('s')}_not_found"
    before = _all_of(ada, adas)

    foreign = eve.request(method, template.format(**adas), json=_BODIES.get(route))
    absent = eve.request(method, template.format(**nothing), json=_BODIES.get(route))

    assert _told(refusal(foreign, 404, code)) == _told(refusal(absent, 404, code))
    assert _all_of(ada, adas) == before
    assert [eve.get(path).json["items"] for path in ("/sessions", "/questions", "/jobs")] == [[], [], []]


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_not_an_id_names_nothing(ada: ApiClient, route: str) -> None:
    method, _, template = route.partition(" ")
    for text in ("x", "null", "0", "-1", f"{_ULID}x", f"8{_ULID[1:]}", f"{_ULID}%0A", "%00", "é" * 26):
        path = template.format(session=text, question=text, job=text)
        refusal(ada.request(method, path, json=_BODIES.get(route)), 404, "route_not_found")


def test_a_session_of_somebody_else_cannot_be_searched(
    ada: ApiClient, eve: ApiClient, adas: dict[str, str]
) -> None:
    assert eve.get("/questions", session_id=adas["session"]).json["items"] == []


def _told(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "request_id"}


def _all_of(client: ApiClient, ids: dict[str, str]) -> list[Any]:
    paths = [f"/sessions/{ids['session']}", f"/questions/{ids['question']}", f"/jobs/{ids['job']}"]
    return [client.get(path).json for path in paths]
