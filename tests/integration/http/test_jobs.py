from __future__ import annotations

import pytest

from entrypoints.wiring.application import Application
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import ApiClient, refusal, refused_fields

NOBODYS = "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"


def test_a_job_is_read(ada: ApiClient) -> None:
    job = ada.generate(ada.make_session()["id"], 3)

    assert ada.get(f"/jobs/{job['id']}").json == job
    assert job == {
        "id": job["id"],
        "kind": "generate_questions",
        "status": "queued",
        "progress": {"done": 0, "total": 3, "message": job["progress"]["message"]},
        "attempts": 0,
        "result": {},
        "error": None,
        "created_at": "2026-01-15T09:30:00.000Z",
        "started_at": None,
        "finished_at": None,
    }


def test_jobs_are_listed_newest_first(ada: ApiClient, eve: ApiClient) -> None:
    session = ada.make_session()
    made = [ada.generate(session["id"], 1) for _ in range(3)]
    eve.generate(eve.make_session()["id"], 1)

    assert ada.get("/jobs").json == {"items": made[::-1], "next_cursor": None}


def test_they_are_filtered_by_any_of_several_statuses_and_kinds(
    ada: ApiClient, application: Application, writer: ScriptedGenerator
) -> None:
    session = ada.make_session()
    question = ada.add_question(session["id"])
    succeeded = ada.generate(session["id"], 1)["id"]
    application.work.runner.run_due()
    writer.fail_next(is_transient=False)
    failed = ada.generate(session["id"], 2, instructions="other")["id"]
    application.work.runner.run_due()
    queued = ada.post(f"/questions/{question['id']}/regenerate").json["job"]["id"]

    def ids(**query: object) -> set[str]:
        return {job["id"] for job in ada.walk("/jobs", **query)}

    assert ids(status="failed") == {failed}
    assert ids(status=["failed", "succeeded"]) == {failed, succeeded}
    assert ids(kind="regenerate_question") == {queued}
    assert ids(kind=["regenerate_question", "generate_questions"]) == {failed, succeeded, queued}
    assert ids(kind="generate_questions", status="queued") == set()


@pytest.mark.parametrize("query", [{"status": "done"}, {"kind": "magic"}, {"status": ""}, {"user_id": "x"}])
def test_a_filter_that_there_is_not_is_refused(ada: ApiClient, query: dict[str, str]) -> None:
    refused = refused_fields(ada.get("/jobs", **query))

    assert [field.partition(".")[0] for field in refused] == list(query)


def test_a_waiting_job_is_cancelled_at_once(ada: ApiClient, application: Application) -> None:
    job = ada.generate(ada.make_session()["id"])

    answer = ada.post(f"/jobs/{job['id']}/cancel")

    assert (answer.status_code, answer.json["status"]) == (200, "cancelled")
    application.work.runner.run_due()
    assert ada.get(f"/jobs/{job['id']}").json == answer.json
    assert ada.get("/questions").json["items"] == []


def test_a_running_job_is_cancelled_at_its_next_step(
    ada: ApiClient, application: Application, writer: ScriptedGenerator
) -> None:
    session = ada.make_session()
    job = ada.generate(session["id"], 15)

    def cancel_before_the_second(number: int) -> None:
        if number == 1:
            assert ada.post(f"/jobs/{job['id']}/cancel").json["status"] == "running"

    writer.before_batch = cancel_before_the_second
    application.work.runner.run_due()

    ended = ada.get(f"/jobs/{job['id']}").json
    kept = ada.walk("/questions")
    assert ended["status"] == "cancelled"
    assert len(kept) in (5, 10)
    assert set(ended["result"]["question_ids"]) <= {question["id"] for question in kept}


@pytest.mark.parametrize("outcome", ["succeeded", "failed", "cancelled"])
def test_a_job_that_has_ended_cannot_be_cancelled(
    ada: ApiClient, application: Application, writer: ScriptedGenerator, outcome: str
) -> None:
    job = _ended(ada, application, writer, outcome)

    refusal(ada.post(f"/jobs/{job}/cancel"), 409, "job_finished")
    assert ada.get(f"/jobs/{job}").json["status"] == outcome


def test_a_failed_job_is_retried(ada: ApiClient, application: Application, writer: ScriptedGenerator) -> None:
    job = _ended(ada, application, writer, "failed")

    answer = ada.post(f"/jobs/{job}/retry")

    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["error"], answer.json["finished_at"]) == ("queued", None, None)
    application.work.runner.run_due()
    ended = ada.get(f"/jobs/{job}").json
    assert (ended["status"], ended["attempts"]) == ("succeeded", 2)
    assert len(ada.walk("/questions")) == 3


@pytest.mark.parametrize("outcome", ["queued", "succeeded", "cancelled"])
def test_a_job_that_has_not_failed_cannot_be_retried(
    ada: ApiClient, application: Application, writer: ScriptedGenerator, outcome: str
) -> None:
    job = _ended(ada, application, writer, outcome)

    refusal(ada.post(f"/jobs/{job}/retry"), 409, "job_not_failed")


def test_what_is_not_there_cannot_be_read_cancelled_or_retried(ada: ApiClient) -> None:
    refusal(ada.get(f"/jobs/{NOBODYS}"), 404, "job_not_found")
    refusal(ada.post(f"/jobs/{NOBODYS}/cancel"), 404, "job_not_found")
    refusal(ada.post(f"/jobs/{NOBODYS}/retry"), 404, "job_not_found")


def test_a_job_left_by_a_worker_that_died_is_taken_over(
    ada: ApiClient, application: Application, writer: ScriptedGenerator, clock: ManualClock
) -> None:
    session = ada.make_session()
    job = ada.generate(session["id"], 10)

    class PowerCut(BaseException):
        pass

    def cut_before_the_second(number: int) -> None:
        if number == 1:
            raise PowerCut

    writer.before_batch = cut_before_the_second
    with pytest.raises(PowerCut):
        application.work.runner.run_due()
    writer.before_batch = lambda number: None
    assert ada.get(f"/jobs/{job['id']}").json["status"] == "running"

    clock.advance(minutes=5)
    application.work.runner.run_due()

    ended = ada.get(f"/jobs/{job['id']}").json
    assert (ended["status"], ended["attempts"]) == ("succeeded", 1)
    assert len(ada.walk("/questions")) == 10


def _ended(ada: ApiClient, application: Application, writer: ScriptedGenerator, outcome: str) -> str:
    """The id of a job that has come to this."""
    job_id: str = ada.generate(ada.make_session()["id"], 3)["id"]
    if outcome == "queued":
        return job_id
    if outcome == "cancelled":
        ada.post(f"/jobs/{job_id}/cancel")
    if outcome == "failed":
        writer.fail_next(is_transient=False)
    application.work.runner.run_due()
    assert ada.get(f"/jobs/{job_id}").json["status"] == outcome
    return job_id
