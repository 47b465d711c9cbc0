from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from entrypoints.wiring.application import Application
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal


@pytest.fixture(params=["session", "question", "profile"])
def path(request: pytest.FixtureRequest, ada: ApiClient) -> str:
    """Of a thing that can be changed."""
    session = ada.make_session()
    question = ada.add_question(session["id"])
    paths = {
        "session": f"/sessions/{session['id']}",
        "question": f"/questions/{question['id']}",
        "profile": "/users/me",
    }
    return paths[request.param]


def _change(client: ApiClient, path: str, text: str, if_match: str | None = None) -> TestResponse:
    field = {"s": "role", "q": "text", "u": "full_name"}[path[1]]
    headers = {} if if_match is None else {"If-Match": if_match}
    return client.request("PATCH", path, json={field: text}, headers=headers)


def _read(client: ApiClient, path: str, if_none_match: str) -> TestResponse:
    return client.request("GET", path, headers={"If-None-Match": if_none_match})


def test_what_has_not_changed_is_not_sent_again(ada: ApiClient, path: str) -> None:
    etag = ada.get(path).headers["ETag"]

    answer = _read(ada, path, etag)

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == etag


@pytest.mark.parametrize("wrap", ["{}", "W/{}", '"old", {}', "*"])
def test_every_form_of_the_condition_is_understood(ada: ApiClient, path: str, wrap: str) -> None:
    etag = ada.get(path).headers["ETag"]

    assert _read(ada, path, wrap.format(etag)).status_code == 304


def test_what_has_changed_is_sent(ada: ApiClient, path: str) -> None:
    before = ada.get(path).headers["ETag"]
    changed = _change(ada, path, "Another one")

    answer = _read(ada, path, before)

    assert answer.status_code == 200
    assert answer.headers["ETag"] == changed.headers["ETag"] != before


def test_a_change_of_the_present_version_is_made(ada: ApiClient, path: str) -> None:
    etag = ada.get(path).headers["ETag"]

    answer = _change(ada, path, "Another one", etag)

    assert answer.status_code == 200
    assert answer.headers["ETag"] != etag


@pytest.mark.parametrize("wrap", ['"v7", {}', '{}, "v7"', '"x", {}, "v8", ""', 'W/"v7", {}', "{0}, {0}"])
def test_of_several_versions_one_need_be_the_present_one(ada: ApiClient, path: str, wrap: str) -> None:
    etag = ada.get(path).headers["ETag"]

    assert _change(ada, path, "Another one", wrap.format(etag)).status_code == 200


def test_any_version_may_be_asked_for(ada: ApiClient, path: str) -> None:
    assert _change(ada, path, "Another one", "*").status_code == 200


@pytest.mark.parametrize(
    "stale",
    [
        *('"v7"', '"x"', 'W/"v1"', '"v7", "v8"', '"x", "y"', "\\", '"v99999999999999999999"', '""'),
        *('"", W/"v1"', 'W/"v1", "v7", "v8"'),
    ],
)
def test_a_change_of_a_version_that_is_not_the_present_one_is_refused(
    ada: ApiClient, path: str, stale: str
) -> None:
    before = ada.get(path).json

    refusal(_change(ada, path, "Another one", stale), 412, "precondition_failed")

    assert ada.get(path).json == before


def test_of_two_who_change_the_same_version_the_second_is_told(ada: ApiClient, path: str) -> None:
    etag = ada.get(path).headers["ETag"]
    _change(ada, path, "The first", etag)

    refusal(_change(ada, path, "The second", etag), 412, "precondition_failed")

    assert "The first" in ada.get(path).text


def test_a_reader_may_insist_on_a_version(ada: ApiClient, path: str) -> None:
    etag = ada.get(path).headers["ETag"]

    assert ada.request("GET", path, headers={"If-Match": etag}).status_code == 200
    refusal(ada.request("GET", path, headers={"If-Match": '"other"'}), 412, "precondition_failed")


@pytest.mark.parametrize("kind", ["session", "question"])
def test_a_deletion_is_bound_to_a_version_too(ada: ApiClient, kind: str) -> None:
    session = ada.make_session()
    question = ada.add_question(session["id"])
    path = f"/sessions/{session['id']}" if kind == "session" else f"/questions/{question['id']}"
    stale = ada.get(path).headers["ETag"]
    _change(ada, path, "Another one")

    refusal(ada.request("DELETE", path, headers={"If-Match": stale}), 412, "precondition_failed")
    assert ada.get(path).status_code == 200

    fresh = ada.get(path).headers["ETag"]
    assert ada.request("DELETE", path, headers={"If-Match": f"{stale}, {fresh}"}).status_code == 204


def test_a_new_question_changes_the_etag_but_not_the_version(
    ada: ApiClient,
) -> None:
    session = ada.make_session()
    path = f"/sessions/{session['id']}"
    before = ada.get(path).headers["ETag"]
    ada.add_question(session["id"])

    assert _read(ada, path, before).json["question_count"] == 1
    assert _change(ada, path, "Another one", before).status_code == 200


def test_the_answer_to_making_one_carries_its_etag(ada: ApiClient) -> None:
    answer = ada.post("/sessions", role="SRE", experience="mid", topics=["Linux"])

    assert answer.headers["ETag"] == ada.get(f"/sessions/{answer.json['id']}").headers["ETag"]


def test_a_watcher_of_a_job_is_told_only_what_is_new(
    ada: ApiClient, application: Application, clock: ManualClock
) -> None:
    job = ada.generate(ada.make_session()["id"])
    path = f"/jobs/{job['id']}"
    etag = ada.get(path).headers["ETag"]
    assert _read(ada, path, etag).status_code == 304

    application.work.runner.run_due()

    assert _read(ada, path, etag).json["status"] == "succeeded"
