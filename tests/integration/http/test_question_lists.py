from __future__ import annotations

import pytest

from entrypoints.wiring.application import Application
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refused_fields


def test_the_questions_of_a_session_are_listed_newest_first(ada: ApiClient) -> None:
    session, other = ada.make_session(), ada.make_session()
    made = [ada.add_question(session["id"], text=f"Question {number}?") for number in range(3)]
    ada.add_question(other["id"])

    answer = ada.get(f"/sessions/{session['id']}/questions")

    assert answer.json == {"items": made[::-1], "next_cursor": None}


def test_the_questions_of_all_sessions_are_listed(ada: ApiClient, eve: ApiClient) -> None:
    made = [ada.add_question(ada.make_session()["id"]) for _ in range(2)]
    eve.add_question(eve.make_session()["id"])

    assert ada.get("/questions").json == {"items": made[::-1], "next_cursor": None}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", ["d", "c", "b", "a"]),
        ("oldest", ["a", "b", "c", "d"]),
        ("difficulty", ["b", "c", "d", "a"]),
    ],
)
def test_they_are_sorted_also_over_several_pages(ada: ApiClient, sort: str, expected: list[str]) -> None:
    session = ada.make_session()
    for text, difficulty in (("a", "hard"), ("b", "easy"), ("c", "medium"), ("d", "medium")):
        ada.add_question(session["id"], text=text, difficulty=difficulty)

    for limit in (1, 3, 100):
        assert _texts(ada, sort=sort, limit=limit) == expected


@pytest.fixture
def filled(ada: ApiClient, clock: ManualClock) -> str:
    """The id of a session with questions a to d, a minute apart; e is in another one."""
    session, other = ada.make_session(), ada.make_session()
    for text, session_id, content in (
        ("a", session["id"], {"topic": "Python", "difficulty": "easy", "tags": ["x", "y"]}),
        ("b", session["id"], {"topic": "SQL", "difficulty": "medium", "tags": ["y"], "pinned": True}),
        ("c", session["id"], {"topic": "Go", "difficulty": "hard", "category": "design"}),
        ("d", session["id"], {"topic": "python", "category": "Concepts"}),
        ("e", other["id"], {"topic": "Rust"}),
    ):
        ada.add_question(session_id, text=text, **content)
        clock.advance(minutes=1)
    filled_id: str = session["id"]
    return filled_id


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "abcde"),
        ({"topic": "PYTHON"}, "ad"),
        ({"topic": ["Python", "Go"]}, "acd"),
        ({"topic": "Pyth"}, ""),
        ({"difficulty": "hard"}, "c"),
        ({"difficulty": ["easy", "hard"]}, "ac"),
        ({"tag": "X"}, "a"),
        ({"tag": ["x", "y"]}, "ab"),
        ({"category": "concepts"}, "d"),
        ({"category": ["concepts", "DESIGN"]}, "cd"),
        ({"source": "custom"}, "abcde"),
        ({"source": ["groq", "bank"]}, ""),
        ({"pinned": "true"}, "b"),
        ({"pinned": "false"}, "acde"),
        ({"created_from": "2026-01-15T09:31:00Z"}, "bcde"),
        ({"created_to": "2026-01-15T09:31:00Z"}, "a"),
        ({"created_from": "2026-01-15T10:31:00+01:00", "created_to": "2026-01-15T09:33:00"}, "bc"),
        ({"topic": "python", "difficulty": "easy"}, "a"),
        ({"topic": "python", "difficulty": "hard"}, ""),
        ({"topic": "{'$ne': ''}"}, ""),
        ({"tag": "' OR 1=1 --"}, ""),
    ],
)
def test_filters_mean_any_of_and_are_combined(
    ada: ApiClient, filled: str, query: dict[str, object], expected: str
) -> None:
    assert _texts(ada, sort="oldest", limit=2, **query) == list(expected)


def test_they_are_filtered_by_session(ada: ApiClient, filled: str) -> None:
    other = next(s["id"] for s in ada.walk("/sessions") if s["id"] != filled)

    assert _texts(ada, session_id=other) == ["e"]
    assert _texts(ada, session_id=[filled, other], sort="oldest") == list("abcde")
    assert _texts(ada, session_id="not an id") == []


def test_the_list_of_a_session_takes_the_same_filters(ada: ApiClient, filled: str) -> None:
    found = ada.walk(f"/sessions/{filled}/questions", topic=["python", "rust"], sort="oldest")

    assert [question["text"] for question in found] == ["a", "d"]


def test_generated_questions_are_found_by_their_source(ada: ApiClient, application: Application) -> None:
    session = ada.make_session()
    ada.add_question(session["id"])
    ada.generate(session["id"], 2)
    application.work.runner.run_due()

    assert {question["source"] for question in ada.walk("/questions", source="groq")} == {"groq"}
    assert len(ada.walk("/questions", source="groq")) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("difficulty", "extreme"),
        ("difficulty", ""),
        ("source", "somebody"),
        ("pinned", "maybe"),
        ("pinned", ""),
        ("created_from", "yesterday"),
        ("created_from", ""),
        ("created_from", "2026-02-30T00:00:00Z"),
        ("created_from", "0001-01-01T00:00:00+23:59"),
        ("created_to", "9999-12-31T23:59:59-23:59"),
        ("created_to", "99999-01-01T00:00:00Z"),
        ("sort", "random"),
        ("sort", "relevance; DROP TABLE questions"),
        ("colour", "red"),
        ("topic[$ne]", "x"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(ada: ApiClient, name: str, value: str) -> None:
    session = ada.make_session()

    for path in ("/questions", f"/sessions/{session['id']}/questions"):
        refused = refused_fields(ada.get(path, **{name: value}))
        assert [field.partition(".")[0] for field in refused] == [name]


def test_the_list_of_a_session_is_not_filtered_by_session(ada: ApiClient) -> None:
    session = ada.make_session()

    answer = ada.get(f"/sessions/{session['id']}/questions", session_id=session["id"])

    assert list(refused_fields(answer)) == ["session_id"]


def _texts(client: ApiClient, **query: object) -> list[str]:
    return [question["text"] for question in client.walk("/questions", **query)]
