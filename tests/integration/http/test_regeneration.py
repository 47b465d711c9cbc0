from __future__ import annotations

import pytest

from entrypoints.wiring.application import Application
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import ApiClient, refusal


def test_a_question_is_written_anew(ada: ApiClient, application: Application, clock: ManualClock) -> None:
    session = ada.make_session()
    before = ada.add_question(session["id"], topic="Go", difficulty="hard", category="old")
    clock.advance(seconds=1)

    answer = ada.request("POST", f"/questions/{before['id']}/regenerate")

    assert answer.status_code == 202
    job = answer.json["job"]
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert job["kind"] == "regenerate_question"
    application.work.runner.run_due()
    after = ada.get(f"/questions/{before['id']}").json
    assert after["text"] != before["text"]
    assert after["answer"] != before["answer"]
    assert (after["topic"], after["difficulty"], after["source"]) == ("Go", "hard", "groq")
    assert after["updated_at"] > before["updated_at"]
    ended = ada.get(f"/jobs/{job['id']}").json
    assert (ended["status"], ended["result"]["question_ids"]) == ("succeeded", [before["id"]])


def test_it_keeps_its_id_pin_notes_and_tags(ada: ApiClient, application: Application) -> None:
    session = ada.make_session()
    before = ada.add_question(session["id"], pinned=True, notes="Mine.", tags=["mine"])
    ada.post(f"/questions/{before['id']}/regenerate")

    application.work.runner.run_due()

    after = ada.get(f"/questions/{before['id']}").json
    kept = ("id", "session_id", "pinned", "notes", "tags", "created_at")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert ada.get(f"/sessions/{session['id']}").json["question_count"] == 1


def test_what_the_user_changes_meanwhile_is_kept(
    ada: ApiClient, application: Application, writer: ScriptedGenerator
) -> None:
    before = ada.add_question(ada.make_session()["id"])
    ada.post(f"/questions/{before['id']}/regenerate")

    def pin(_: int) -> None:
        ada.put(f"/questions/{before['id']}/pin")

    writer.before_batch = pin
    application.work.runner.run_due()

    after = ada.get(f"/questions/{before['id']}").json
    assert after["pinned"]
    assert after["text"] != before["text"]


def test_a_failure_leaves_the_question_as_it_was(
    ada: ApiClient, application: Application, writer: ScriptedGenerator
) -> None:
    before = ada.add_question(ada.make_session()["id"])
    writer.fail_next("topics_unknown", is_transient=False)
    job = ada.post(f"/questions/{before['id']}/regenerate").json["job"]

    application.work.runner.run_due()

    assert ada.get(f"/jobs/{job['id']}").json["error"]["code"] == "topics_unknown"
    assert ada.get(f"/questions/{before['id']}").json == before


def test_a_question_that_is_deleted_meanwhile_stays_deleted(ada: ApiClient, application: Application) -> None:
    question = ada.add_question(ada.make_session()["id"])
    job = ada.post(f"/questions/{question['id']}/regenerate").json["job"]
    ada.delete(f"/questions/{question['id']}")

    application.work.runner.run_due()

    assert ada.get(f"/jobs/{job['id']}").json["error"]["code"] == "question_not_found"
    refusal(ada.get(f"/questions/{question['id']}"), 404, "question_not_found")


def test_what_is_not_there_cannot_be_written_anew(ada: ApiClient) -> None:
    refusal(ada.post("/questions/01JD3Y6T0ZK4V9Q8N7M6H5G4F3/regenerate"), 404, "question_not_found")


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "\u00e9"])
def test_a_key_that_is_not_one_is_refused(ada: ApiClient, key: str) -> None:
    question = ada.add_question(ada.make_session()["id"])

    answer = ada.request("POST", f"/questions/{question['id']}/regenerate", headers={"Idempotency-Key": key})

    assert list(refusal(answer, 422, "validation_failed")["errors"]) == ["Idempotency-Key"]
    assert ada.get("/jobs").json["items"] == []
