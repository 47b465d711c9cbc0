from __future__ import annotations

import pytest

from core.domain.library.limits import LibraryLimits
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal, refused_fields

NEW = {"text": "What is a list?", "answer": "A sequence that can be changed."}


def test_a_user_writes_a_question_and_reads_it(ada: ApiClient) -> None:
    session = ada.make_session(topics=["Python", "SQL"])

    answer = ada.post(f"/sessions/{session['id']}/questions", **NEW)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/questions/{answer.json['id']}"
    assert ada.get(f"/questions/{answer.json['id']}").json == answer.json
    assert answer.json == {
        **NEW,
        "id": answer.json["id"],
        "session_id": session["id"],
        "difficulty": "medium",
        "topic": "Python",
        "category": "",
        "tags": [],
        "notes": "",
        "pinned": False,
        "source": "custom",
        "created_at": "2026-01-15T09:30:00.000Z",
        "updated_at": "2026-01-15T09:30:00.000Z",
    }


def test_all_that_a_user_may_say_is_kept(ada: ApiClient) -> None:
    content = {
        "text": "Why does `a += [1]` change what `b = a` sees?\nAnd `a = a + [1]` not?",
        "answer": "",
        "difficulty": "hard",
        "topic": "C++",
        "category": "gotchas",
        "tags": ["lists", "aliasing"],
        "notes": "Draw it.\n  - boxes\n  - arrows 🏹",
        "pinned": True,
    }

    made = ada.add_question(ada.make_session()["id"], **content)

    assert {name: made[name] for name in content} == content


BROKEN = [
    ("text", ""),
    ("text", " \n "),
    ("text", "x" * 2001),
    ("text", "a\x00b"),
    ("text", "\udfff"),
    ("text", {"$gt": ""}),
    ("text", None),
    ("answer", "x" * 20_001),
    ("answer", 42),
    ("answer", None),
    ("difficulty", "extreme"),
    ("difficulty", 2),
    ("difficulty", None),
    ("topic", ""),
    ("topic", "x" * 61),
    ("topic", "two\nlines"),
    ("topic", ["Python"]),
    ("category", "x" * 61),
    ("tags", [f"tag {number}" for number in range(21)]),
    ("tags.0", [7]),
    ("tags", {}),
    ("notes", "x" * 10_001),
    ("notes", "\x1b[2J"),
    ("pinned", 1),
    ("pinned", "true"),
    ("pinned", None),
    ("pinned", []),
    ("source", "groq"),
    ("session_id", "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"),
    ("id", "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"),
    ("version", 1),
    ("$set", {"pinned": True}),
]


@pytest.mark.parametrize(("field", "value"), BROKEN)
def test_what_breaks_a_rule_is_refused_by_name(ada: ApiClient, field: str, value: object) -> None:
    name = field.partition(".")[0]
    session = ada.make_session()
    made = ada.add_question(session["id"])

    answer = ada.post(f"/sessions/{session['id']}/questions", **{**NEW, name: value})
    assert list(refused_fields(answer)) == [field]
    assert list(refused_fields(ada.patch(f"/questions/{made['id']}", **{name: value}))) == [field]

    assert ada.get("/questions").json["items"] == [made]


@pytest.mark.parametrize("missing", ["text", "answer"])
def test_what_a_question_needs_must_be_there(ada: ApiClient, missing: str) -> None:
    session = ada.make_session()

    answer = ada.post(f"/sessions/{session['id']}/questions", **{n: NEW[n] for n in NEW if n != missing})

    assert list(refused_fields(answer)) == [missing]


@pytest.mark.parametrize("library_limits", [LibraryLimits(max_questions_per_session=2)])
def test_a_session_that_is_full_takes_no_more(ada: ApiClient) -> None:
    session = ada.make_session()
    ada.add_question(session["id"])
    ada.add_question(session["id"], text="What is a tuple?")

    refusal(ada.post(f"/sessions/{session['id']}/questions", **NEW), 409, "session_full")
    refusal(ada.post(f"/sessions/{session['id']}/questions/generate", count=1), 409, "session_full")


def test_a_question_is_changed_in_part(ada: ApiClient, clock: ManualClock) -> None:
    made = ada.add_question(ada.make_session()["id"])
    clock.advance(seconds=1)
    changes = {"text": "What is a dict?", "difficulty": "easy", "notes": "Hash!", "tags": ["Maps", "maps"]}

    changed = ada.patch(f"/questions/{made['id']}", **changes).json

    assert changed == {**made, **changes, "tags": ["maps"], "updated_at": "2026-01-15T09:30:01.000Z"}
    assert ada.get(f"/questions/{made['id']}").json == changed


def test_a_change_of_nothing_changes_nothing(ada: ApiClient, clock: ManualClock) -> None:
    made = ada.add_question(ada.make_session()["id"])
    clock.advance(seconds=1)

    assert ada.patch(f"/questions/{made['id']}").json == made


def test_a_question_is_deleted_once(ada: ApiClient) -> None:
    made = ada.add_question(ada.make_session()["id"])

    answer = ada.delete(f"/questions/{made['id']}")

    assert (answer.status_code, answer.data) == (204, b"")
    refusal(ada.get(f"/questions/{made['id']}"), 404, "question_not_found")
    refusal(ada.delete(f"/questions/{made['id']}"), 404, "question_not_found")
    refusal(ada.patch(f"/questions/{made['id']}", notes="x"), 404, "question_not_found")
