from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session, distinct_labels, distinct_tags, label_key

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
labels = st.lists(st.text(max_size=5) | st.sampled_from(["SQL", "sql", " SQL ", "C++", "ẞ", "ss"])).map(tuple)


@pytest.mark.parametrize(
    ("given_labels", "distinct"),
    [
        ((), ()),
        (("Python", "SQL"), ("Python", "SQL")),
        (("SQL", "sql", "Sql"), ("SQL",)),
        (("  System   design ", "system design"), ("System design",)),
        (("", "   ", "\t\n"), ()),
        (("b", "a", "B"), ("b", "a")),
    ],
)
def test_labels_are_tidied_and_come_once(given_labels: tuple[str, ...], distinct: tuple[str, ...]) -> None:
    assert distinct_labels(given_labels) == distinct


def test_tags_are_in_lower_case() -> None:
    assert distinct_tags((" Must Know", "must know", "ÉCLAIR")) == ("must know", "éclair")


def test_a_label_and_its_key_differ_in_case_only() -> None:
    assert label_key("SQL") == label_key("sql") == "sql"
    assert label_key("Straße") == label_key("STRASSE")
    assert label_key("C") != label_key("C++")


def test_a_question_is_found_by_topic_and_category_without_case() -> None:
    question = Question(
        id="1",
        session_id="1",
        user_id="ada",
        text="What is an index?",
        answer="An ordered copy of keys.",
        difficulty=Difficulty.EASY,
        topic="SQL",
        source=QuestionSource.BANK,
        created_at=NOON,
        updated_at=NOON,
        category="Databases",
    )

    assert (question.topic_key, question.category_key) == (label_key("sQl"), label_key("DATABASES"))


@given(labels)
def test_tidying_what_is_tidy_changes_nothing(given_labels: tuple[str, ...]) -> None:
    once = distinct_labels(given_labels)

    assert distinct_labels(once) == once
    assert len({label.casefold() for label in once}) == len(once)


@given(labels)
def test_tidying_tags_twice_changes_nothing(given_labels: tuple[str, ...]) -> None:
    assert distinct_tags(distinct_tags(given_labels)) == distinct_tags(given_labels)


def test_a_deleted_session_says_when() -> None:
    session = Session("1", "ada", "Developer", Experience.MID, ("SQL",), NOON, NOON)
    deleted = session.deleted(NOON + timedelta(hours=1))

    assert session.deleted_at is None
    assert deleted.deleted_at == deleted.updated_at == NOON + timedelta(hours=1)


def test_difficulties_rank_from_easy_to_hard() -> None:
    assert sorted(Difficulty, key=lambda difficulty: difficulty.rank) == ["easy", "medium", "hard"]
    assert [difficulty.rank for difficulty in Difficulty] == [1, 2, 3]
