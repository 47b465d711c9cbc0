"""Rules, and the values of the library and of generation that obey them however they are made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import Invalid
from core.domain.generation.briefs import GenerationRequest
from core.domain.library.questions import Difficulty, Question, QuestionChanges, QuestionContent
from core.domain.library.sessions import (
    Experience,
    Session,
    SessionChanges,
    SessionContent,
    SessionStatus,
)
from core.domain.rules import TextRule

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
CONTENT = SessionContent("Data engineer", Experience.MID, ("SQL",))
QUESTION = QuestionContent("Why?", "Because.")
SESSION = Session.made("session", "ada", CONTENT, NOON)
any_text = st.text(st.characters(exclude_categories=[]), max_size=60)


def errors_of(make: Callable[..., object], **fields: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refusal:
        make(**fields)
    return refusal.value.errors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Must not be empty."),
        ("\u200b ", "Must not be empty."),
        ("a\nb", "Must be a single line."),
        ("a" * 11, "Length must be between 1 and 10."),
        ("a" * 41, "Is too long."),
        ("a" + "\u0301" * 65, "Is too long."),
        ("a\x00", "Contains the control character U+0000."),
    ],
)
def test_a_text_that_breaks_its_rule_is_refused(text: str, message: str) -> None:
    with pytest.raises(Invalid, match=re.escape(message)):
        TextRule(max_length=10).checked(text)


@given(any_text)
def test_what_obeys_a_rule_is_taken_as_it_is(text: str) -> None:
    rule = TextRule(max_length=40)
    try:
        taken = rule.checked(text)
    except Invalid:
        return
    assert rule.checked(taken) == taken


def test_a_text_that_may_be_blank_may_be_empty() -> None:
    assert TextRule(max_length=10, is_line=False, is_blank_allowed=True).checked(" \n") == " \n"


@pytest.mark.parametrize(
    ("field", "value", "named", "message"),
    [
        ("role", "", "role", "Must not be empty."),
        ("role", "x" * 121, "role", "Length must be between 1 and 120."),
        ("role", None, "role", "Not a valid string."),
        ("experience", "guru", "experience", "Must be one of: entry, junior, mid, senior, lead, expert."),
        ("topics", (), "topics", "Length must be between 1 and 20."),
        ("topics", ("x",) * 21, "topics", "Length must be between 1 and 20."),
        ("topics", "SQL", "topics", "Not a valid list."),
        ("topics", ("SQL", "x" * 61), "topics.1", "Length must be between 1 and 60."),
        ("description", "x" * 4_001, "description", "Length must be between 0 and 4000."),
        ("tags", ("x",) * 21, "tags", "Length must be between 0 and 20."),
        ("tags", (None,), "tags.0", "Not a valid string."),
        ("status", "done", "status", "Must be one of: planned, in_progress, completed, archived."),
    ],
)
def test_a_session_obeys_its_rules(field: str, value: object, named: str, message: str) -> None:
    changed: dict[str, Any] = {field: value}

    assert errors_of(SessionChanges, **changed) == {named: [message]}
    assert errors_of(lambda **fields: replace(CONTENT, **fields), **changed) == {named: [message]}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("text", " ", "Must not be empty."),
        ("text", "x" * 2_001, "Length must be between 1 and 2000."),
        ("answer", "x" * 20_001, "Length must be between 0 and 20000."),
        ("answer", "\x00", "Contains the control character U+0000."),
        ("difficulty", "extreme", "Must be one of: easy, medium, hard."),
        ("difficulty", None, "Must be one of: easy, medium, hard."),
        ("topic", "two\nlines", "Must be a single line."),
        ("category", "x" * 61, "Length must be between 0 and 60."),
        ("tags", ("x",) * 21, "Length must be between 0 and 20."),
        ("notes", "x" * 10_001, "Length must be between 0 and 10000."),
    ],
)
def test_a_question_obeys_its_rules(field: str, value: object, message: str) -> None:
    changed: dict[str, Any] = {field: value}

    assert errors_of(QuestionChanges, **changed) == {field: [message]}
    assert errors_of(lambda **fields: replace(QUESTION, **fields), **changed) == {field: [message]}


_COUNT_RANGE = "Must be greater than or equal to 1 and less than or equal to 50."


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("count", 0, _COUNT_RANGE),
        ("count", 51, _COUNT_RANGE),
        ("count", True, "Not a valid integer."),
        ("count", 1.5, "Not a valid integer."),
        ("difficulty", "extreme", "Must be one of: easy, medium, hard."),
        ("topics", ("x",) * 21, "Length must be between 0 and 20."),
        ("instructions", "x" * 2_001, "Length must be between 0 and 2000."),
    ],
)
def test_a_request_for_questions_obeys_its_rules(field: str, value: object, message: str) -> None:
    assert errors_of(GenerationRequest, **{"count": 5, field: value}) == {field: [message]}


def test_all_that_is_wrong_with_a_value_is_told_at_once() -> None:
    assert set(errors_of(SessionContent, role="", experience="guru", topics=("", "SQL", "\x00"))) == {
        "role",
        "experience",
        "topics.0",
        "topics.2",
    }


def test_what_is_kept_is_tidy() -> None:
    content: Any = {"role": " Cafe\u0301 owner ", "experience": "mid", "topics": [" SQL", "sql"]}
    made = SessionContent(**content, tags=("March", "MARCH"))

    assert made == SessionContent("Caf\u00e9 owner", Experience.MID, ("SQL",), tags=("march",))
    assert made.experience is Experience.MID
    assert GenerationRequest(5, topics=(" Redis ", "redis")).topics == ("Redis",)


def test_a_session_changes_only_what_is_given() -> None:
    later = NOON + timedelta(hours=1)

    assert SESSION.edited(SessionChanges(), later) is SESSION
    assert SESSION.edited(SessionChanges(status=SessionStatus.COMPLETED), later) == replace(
        SESSION, status=SessionStatus.COMPLETED, updated_at=later
    )


def test_a_record_older_than_a_rule_can_still_be_changed() -> None:
    old = replace(SESSION, role="x" * 500)

    assert old.edited(SessionChanges(description="Mine."), NOON).role == old.role


def test_a_question_changes_only_what_is_given() -> None:
    question = Question.custom("question", SESSION, QUESTION, NOON)
    later = NOON + timedelta(hours=1)

    assert (question.topic, question.difficulty) == ("SQL", Difficulty.MEDIUM)
    assert question.edited(QuestionChanges(), later) is question
    assert question.edited(QuestionChanges(pinned=True, notes=""), later) == replace(
        question, pinned=True, updated_at=later
    )
