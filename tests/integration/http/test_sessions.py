from __future__ import annotations

import pytest

from entrypoints.wiring.application import Application
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal, refused_fields

NEW = {"role": "Backend engineer", "experience": "senior", "topics": ["Python", "SQL"]}


def test_a_session_is_made_and_read(ada: ApiClient) -> None:
    made = ada.make_session(tags=["March", "march"])

    assert ada.get(f"/sessions/{made['id']}").json == made
    assert made["tags"] == ["march"]
    assert made["question_count"] == 0


def test_a_session_begins_planned_and_empty(ada: ApiClient) -> None:
    answer = ada.post("/sessions", **NEW)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/sessions/{answer.json['id']}"
    assert answer.json == {
        **NEW,
        "id": answer.json["id"],
        "description": "",
        "tags": [],
        "status": "planned",
        "question_count": 0,
        "created_at": "2026-01-15T09:30:00.000Z",
        "updated_at": "2026-01-15T09:30:00.000Z",
    }


def test_all_that_a_user_may_say_is_kept(ada: ApiClient) -> None:
    content = {
        **NEW,
        "description": "For March.\n\tWith *Markdown*, 漢字, עברית and 🐍",
        "tags": ["march", "big co"],
        "status": "in_progress",
    }

    made = ada.make_session(**content)

    assert {name: made[name] for name in content} == content


def test_topics_that_differ_in_case_only_are_one(ada: ApiClient) -> None:
    assert ada.make_session(topics=["SQL", " sql ", "Go"])["topics"] == ["SQL", "Go"]


def test_text_is_stored_in_its_composed_form(ada: ApiClient) -> None:
    assert ada.make_session(role="Cafe\u0301 owner")["role"] == "Caf\u00e9 owner"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", ""),
        ("role", "x" * 121),
        ("role", "two\nlines"),
        ("role", "a\x00b"),
        ("role", "a\x07b"),
        ("role", "\ud800"),
        ("role", {"$gt": ""}),
        ("role", None),
        ("experience", "guru"),
        ("experience", 1),
        ("experience", ["senior"]),
        ("experience", {"$in": ["senior"]}),
        ("topics", []),
        ("topics", "Python"),
        ("topics", {"0": "Python"}),
        ("topics", [f"topic {number}" for number in range(21)]),
        ("topics.0", [""]),
        ("topics.1", ["Python", None]),
        ("topics.0", [["Python"]]),
        ("topics.0", ["x" * 61]),
        ("description", "x" * 4001),
        ("description", "\x00"),
        ("tags", "march"),
        ("tags", [f"tag {number}" for number in range(21)]),
        ("tags.0", [{"$ne": 1}]),
        ("status", "done"),
        ("status", True),
        ("id", "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"),
        ("user_id", "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"),
        ("question_count", 5),
        ("json", 1),
        ("", 1),
        ("x" * 100, 1),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(ada: ApiClient, field: str, value: object) -> None:
    name = field.partition(".")[0]
    made = ada.make_session()

    assert list(refused_fields(ada.post("/sessions", **{**NEW, name: value}))) == [field]
    assert list(refused_fields(ada.patch(f"/sessions/{made['id']}", **{name: value}))) == [field]

    assert ada.get("/sessions").json["items"] == [made]


@pytest.mark.parametrize("missing", ["role", "experience", "topics"])
def test_what_a_session_needs_must_be_there(ada: ApiClient, missing: str) -> None:
    answer = ada.post("/sessions", **{name: NEW[name] for name in NEW if name != missing})

    assert refused_fields(answer) == {missing: ["Missing data for required field."]}


def test_all_that_is_wrong_is_told_at_once(ada: ApiClient) -> None:
    answer = ada.post("/sessions", role="", experience="guru", topics=[], colour="red")

    assert set(refused_fields(answer)) == {"role", "experience", "topics", "colour"}


def test_a_session_is_changed_in_part(ada: ApiClient, clock: ManualClock) -> None:
    made = ada.make_session(tags=["march"])
    clock.advance(seconds=1)

    changed = ada.patch(f"/sessions/{made['id']}", status="completed", tags=[]).json

    assert changed == {**made, "status": "completed", "tags": [], "updated_at": "2026-01-15T09:30:01.000Z"}
    assert ada.get(f"/sessions/{made['id']}").json == changed


def test_a_change_of_nothing_changes_nothing(ada: ApiClient, clock: ManualClock) -> None:
    made = ada.make_session()
    clock.advance(seconds=1)

    assert ada.patch(f"/sessions/{made['id']}").json == made


def test_the_questions_of_a_session_are_counted(ada: ApiClient) -> None:
    made, other = ada.make_session(), ada.make_session()
    first = ada.add_question(made["id"])
    ada.add_question(made["id"], text="What is a tuple?")

    assert ada.get(f"/sessions/{made['id']}").json["question_count"] == 2
    ada.delete(f"/questions/{first['id']}")
    counts = {session["id"]: session["question_count"] for session in ada.get("/sessions").json["items"]}
    assert counts == {made["id"]: 1, other["id"]: 0}
    assert ada.patch(f"/sessions/{made['id']}", role="Other").json["question_count"] == 1


def test_a_session_is_deleted_with_its_questions(ada: ApiClient) -> None:
    made, other = ada.make_session(), ada.make_session()
    gone = ada.add_question(made["id"])
    kept = ada.add_question(other["id"])

    answer = ada.delete(f"/sessions/{made['id']}")

    assert (answer.status_code, answer.data) == (204, b"")
    refusal(ada.get(f"/sessions/{made['id']}"), 404, "session_not_found")
    refusal(ada.get(f"/questions/{gone['id']}"), 404, "question_not_found")
    refusal(ada.get(f"/sessions/{made['id']}/questions"), 404, "session_not_found")
    assert ada.get("/questions").json["items"] == [kept]
    assert [session["id"] for session in ada.get("/sessions").json["items"]] == [other["id"]]


def test_a_session_is_deleted_once(ada: ApiClient) -> None:
    made = ada.make_session()
    ada.delete(f"/sessions/{made['id']}")

    refusal(ada.delete(f"/sessions/{made['id']}"), 404, "session_not_found")
    refusal(ada.patch(f"/sessions/{made['id']}", role="Back"), 404, "session_not_found")


def test_a_job_that_waits_for_a_deleted_session_writes_nothing(
    ada: ApiClient, application: Application
) -> None:
    made = ada.make_session()
    job = ada.generate(made["id"])
    ada.delete(f"/sessions/{made['id']}")

    application.work.runner.run_due()

    ended = ada.get(f"/jobs/{job['id']}").json
    assert (ended["status"], ended["error"]["code"]) == ("failed", "session_not_found")
    assert ada.get("/questions").json["items"] == []
