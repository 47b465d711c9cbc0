from __future__ import annotations

from typing import Any

import pytest

from entrypoints.wiring.application import Application
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import ApiClient, refused_fields


def test_questions_are_asked_for_and_written_by_a_job(ada: ApiClient, application: Application) -> None:
    session = ada.make_session()

    answer = ada.post(f"/sessions/{session['id']}/questions/generate", count=3)

    assert answer.status_code == 202
    job = answer.json["job"]
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert ada.get(f"/jobs/{job['id']}").json == job
    assert (job["kind"], job["status"], job["progress"]["done"]) == ("generate_questions", "queued", 0)
    application.work.runner.run_due()
    ended = ada.get(f"/jobs/{job['id']}").json
    questions = ada.get(f"/sessions/{session['id']}/questions").json["items"]
    assert ended["status"] == "succeeded"
    assert ended["error"] is None
    assert ended["result"]["question_ids"] == sorted(question["id"] for question in questions)
    assert len(questions) == 3
    assert ada.get(f"/sessions/{session['id']}").json["question_count"] == 3


def test_a_generated_question_is_a_whole_one(ada: ApiClient, application: Application) -> None:
    session = ada.make_session(topics=["Rust"])
    ada.generate(session["id"], 1)
    application.work.runner.run_due()

    (question,) = ada.get("/questions").json["items"]

    assert question == {
        "id": question["id"],
        "session_id": session["id"],
        "text": question["text"],
        "answer": "Answer 1.",
        "difficulty": "medium",
        "topic": "Rust",
        "category": "concepts",
        "tags": ["scripted"],
        "notes": "",
        "pinned": False,
        "source": "groq",
        "created_at": "2026-01-15T09:30:00.000Z",
        "updated_at": "2026-01-15T09:30:00.000Z",
    }


def test_progress_moves_and_questions_are_there_as_they_arrive(
    ada: ApiClient, application: Application, writer: ScriptedGenerator
) -> None:
    session = ada.make_session()
    job = ada.generate(session["id"], 12)
    seen: list[tuple[str, int, int, int]] = []

    def look(_: int) -> None:
        now = ada.get(f"/jobs/{job['id']}").json
        stored = ada.get(f"/sessions/{session['id']}").json["question_count"]
        seen.append((now["status"], now["progress"]["done"], now["progress"]["total"], stored))

    writer.before_batch = look
    application.work.runner.run_due()
    look(0)

    assert seen == [
        ("running", 0, 12, 0),
        ("running", 5, 12, 5),
        ("running", 10, 12, 10),
        ("succeeded", 12, 12, 12),
    ]


def test_times_of_the_job_are_told(ada: ApiClient, application: Application, clock: ManualClock) -> None:
    job = ada.generate(ada.make_session()["id"])
    assert (job["started_at"], job["finished_at"], job["attempts"]) == (None, None, 0)
    clock.advance(seconds=5)

    application.work.runner.run_due()

    ended = ada.get(f"/jobs/{job['id']}").json
    assert ended["created_at"] == "2026-01-15T09:30:00.000Z"
    assert ended["started_at"] == ended["finished_at"] == "2026-01-15T09:30:05.000Z"
    assert ended["attempts"] == 1


def test_the_use_of_tokens_is_recorded_with_the_job(ada: ApiClient, application: Application) -> None:
    job = ada.generate(ada.make_session()["id"], 6)

    application.work.runner.run_due()

    usage = ada.get(f"/jobs/{job['id']}").json["result"]["usage"]
    assert usage == {"prompt_tokens": 200, "completion_tokens": 60}


def test_what_the_user_wishes_reaches_the_writer(
    ada: ApiClient, application: Application, writer: ScriptedGenerator
) -> None:
    session = ada.make_session(role="SRE", experience="lead", topics=["Linux"])
    wishes = {"difficulty": "hard", "topics": ["DNS", "dns", "TCP"], "instructions": "Ask\nabout outages."}
    ada.generate(session["id"], 4, **wishes)

    application.work.runner.run_due()

    ((brief, count, _),) = writer.calls
    assert (brief.role, brief.experience, brief.topics) == ("SRE", "lead", ("DNS", "TCP"))
    assert (brief.difficulty, brief.instructions, count) == ("hard", "Ask\nabout outages.", 4)


def test_a_second_job_does_not_repeat_what_the_session_has(ada: ApiClient, application: Application) -> None:
    session = ada.make_session()
    for _ in range(2):
        ada.generate(session["id"], 10)
        application.work.runner.run_due()

    texts = [question["text"] for question in ada.walk(f"/sessions/{session['id']}/questions")]

    assert len(texts) == len(set(texts)) == 20


def test_the_same_wish_in_another_session_costs_no_call(
    ada: ApiClient, eve: ApiClient, application: Application, writer: ScriptedGenerator
) -> None:
    for client in (ada, eve):
        client.generate(client.make_session()["id"], 5)
        application.work.runner.run_due()

    assert len(writer.calls) == 1
    assert len(eve.walk("/questions")) == 5


def test_a_failure_tells_clearly_why(
    ada: ApiClient, application: Application, writer: ScriptedGenerator
) -> None:
    writer.fail_next("topics_unknown", is_transient=False)
    job = ada.generate(ada.make_session()["id"])

    application.work.runner.run_due()

    failed = ada.get(f"/jobs/{job['id']}").json
    assert failed["status"] == "failed"
    assert failed["error"] == {"code": "topics_unknown", "detail": "The writer is away."}
    assert failed["finished_at"] is not None
    assert ada.get("/questions").json["items"] == []


def test_a_passing_failure_is_tried_again_and_shown_meanwhile(
    ada: ApiClient, application: Application, writer: ScriptedGenerator, clock: ManualClock
) -> None:
    writer.fail_next("provider_unavailable")
    job = ada.generate(ada.make_session()["id"])
    application.work.runner.run_due()

    waiting = ada.get(f"/jobs/{job['id']}").json
    assert (waiting["status"], waiting["error"]["code"]) == ("queued", "provider_unavailable")
    clock.advance(minutes=10)
    application.work.runner.run_due()

    ended = ada.get(f"/jobs/{job['id']}").json
    assert (ended["status"], ended["error"], ended["attempts"]) == ("succeeded", None, 2)


def test_it_fails_for_good_after_three_attempts(
    ada: ApiClient, application: Application, writer: ScriptedGenerator, clock: ManualClock
) -> None:
    job = ada.generate(ada.make_session()["id"])
    for _ in range(3):
        writer.fail_next()
        application.work.runner.run_due()
        clock.advance(minutes=4)

    failed = ada.get(f"/jobs/{job['id']}").json

    assert (failed["status"], failed["attempts"]) == ("failed", 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", 0),
        ("count", 51),
        ("count", -1),
        ("count", 10**400),
        ("count", 1.5),
        ("count", "5"),
        ("count", True),
        ("count", None),
        ("count", [1]),
        ("count", {"$gt": 0}),
        ("difficulty", "extreme"),
        ("difficulty", None),
        ("topics", []),
        ("topics", "SQL"),
        ("topics", [f"topic {number}" for number in range(21)]),
        ("topics.0", ["\x00"]),
        ("instructions", "x" * 2001),
        ("instructions", ["x"]),
        ("instructions", "\ud800"),
        ("model", "gpt"),
    ],
)
def test_a_wish_that_breaks_a_rule_is_refused_by_name(ada: ApiClient, field: str, value: Any) -> None:
    session = ada.make_session()
    wish = {"count": 3, field.partition(".")[0]: value}

    answer = ada.post(f"/sessions/{session['id']}/questions/generate", **wish)

    assert list(refused_fields(answer)) == [field]
    assert ada.get("/jobs").json["items"] == []


def test_the_count_must_be_there(ada: ApiClient) -> None:
    answer = ada.post(f"/sessions/{ada.make_session()['id']}/questions/generate")

    assert list(refused_fields(answer)) == ["count"]
