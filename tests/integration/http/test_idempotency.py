from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from entrypoints.wiring.application import Application
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal, refused_fields


def _generate(client: ApiClient, session_id: str, key: str, **wish: Any) -> TestResponse:
    return client.request(
        "POST",
        f"/sessions/{session_id}/questions/generate",
        json={"count": 2, **wish},
        headers={"Idempotency-Key": key},
    )


def test_the_same_request_twice_starts_the_work_once(ada: ApiClient, application: Application) -> None:
    session = ada.make_session()

    first = _generate(ada, session["id"], "a-key")
    second = _generate(ada, session["id"], "a-key")

    assert (second.status_code, second.json) == (202, first.json)
    assert second.headers["Location"] == first.headers["Location"]
    application.work.runner.run_due()
    assert ada.get(f"/sessions/{session['id']}").json["question_count"] == 2
    assert len(ada.walk("/jobs")) == 1


def test_it_names_the_same_job_when_that_is_done(ada: ApiClient, application: Application) -> None:
    session = ada.make_session()
    first = _generate(ada, session["id"], "a-key").json["job"]
    application.work.runner.run_due()

    again = _generate(ada, session["id"], "a-key").json["job"]

    assert (again["id"], again["status"]) == (first["id"], "succeeded")


def test_the_first_answer_stands_when_the_session_is_gone(ada: ApiClient) -> None:
    session = ada.make_session()
    first = _generate(ada, session["id"], "a-key").json["job"]
    ada.delete(f"/sessions/{session['id']}")

    assert _generate(ada, session["id"], "a-key").json["job"]["id"] == first["id"]


def test_another_key_starts_other_work(ada: ApiClient) -> None:
    session = ada.make_session()

    first, second = _generate(ada, session["id"], "one"), _generate(ada, session["id"], "two")

    assert first.json["job"]["id"] != second.json["job"]["id"]


def test_the_same_key_with_another_body_is_refused(ada: ApiClient) -> None:
    session = ada.make_session()
    _generate(ada, session["id"], "a-key")

    refusal(_generate(ada, session["id"], "a-key", count=3), 422, "idempotency_key_reused")
    assert len(ada.walk("/jobs")) == 1


def test_the_same_key_for_another_session_is_refused(ada: ApiClient) -> None:
    one, other = ada.make_session(), ada.make_session()
    _generate(ada, one["id"], "a-key")

    refusal(_generate(ada, other["id"], "a-key"), 422, "idempotency_key_reused")


def test_the_same_key_on_another_route_is_refused(ada: ApiClient) -> None:
    session = ada.make_session()
    question = ada.add_question(session["id"])
    _generate(ada, session["id"], "a-key")

    answer = ada.request(
        "POST", f"/questions/{question['id']}/regenerate", headers={"Idempotency-Key": "a-key"}
    )

    refusal(answer, 422, "idempotency_key_reused")


def test_keys_are_each_users_own(ada: ApiClient, eve: ApiClient) -> None:
    first = _generate(ada, ada.make_session()["id"], "a-key")
    second = _generate(eve, eve.make_session()["id"], "a-key")

    assert second.status_code == 202
    assert first.json["job"]["id"] != second.json["job"]["id"]


def test_a_key_lives_for_a_day(ada: ApiClient, clock: ManualClock) -> None:
    session = ada.make_session()
    first = _generate(ada, session["id"], "a-key").json["job"]

    clock.advance(hours=23, minutes=59)
    ada.take_tokens(ada.post("/auth/refresh", refresh_token=ada.refresh_token).json)
    assert _generate(ada, session["id"], "a-key").json["job"]["id"] == first["id"]

    clock.advance(minutes=2)
    assert _generate(ada, session["id"], "a-key", count=5).json["job"]["id"] != first["id"]


def test_a_refused_request_does_not_use_up_its_key(ada: ApiClient) -> None:
    session = ada.make_session()
    refused_fields(_generate(ada, session["id"], "a-key", count=0))

    assert _generate(ada, session["id"], "a-key").status_code == 202


def test_regeneration_takes_a_key_too(ada: ApiClient) -> None:
    question = ada.add_question(ada.make_session()["id"])
    path, headers = f"/questions/{question['id']}/regenerate", {"Idempotency-Key": "a-key"}

    first, second = (ada.request("POST", path, headers=headers).json["job"]["id"] for _ in range(2))

    assert first == second


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 256, "\u00e9", "a\tb"])
def test_a_key_that_is_not_one_is_refused(ada: ApiClient, key: str) -> None:
    assert list(refused_fields(_generate(ada, ada.make_session()["id"], key))) == ["Idempotency-Key"]
    assert ada.get("/jobs").json["items"] == []
