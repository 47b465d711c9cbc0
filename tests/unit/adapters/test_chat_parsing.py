from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.llm.parsing import read_drafts
from adapters.llm.planning import CallPlan
from core.domain.generation.briefs import Brief
from core.domain.library.questions import Difficulty, QuestionDraft
from core.domain.library.sessions import Experience

BRIEF = Brief("Engineer", Experience.MID, ("Python", "Data modelling", "SQL"))
ASK = CallPlan({"SQL": 2, "Python": 1}, {Difficulty.EASY: 1, Difficulty.HARD: 2})
ITEM: dict[str, Any] = {
    "text": "What is a join?",
    "answer": "It combines rows.",
    "difficulty": "easy",
    "topic": "SQL",
    "category": "concept",
    "tags": ["Joins", "sql"],
}
DRAFT = QuestionDraft(
    "What is a join?", "It combines rows.", Difficulty.EASY, "SQL", "concept", ("joins", "sql")
)


def read(*items: Any, brief: Brief = BRIEF) -> tuple[QuestionDraft, ...]:
    return read_drafts(json.dumps({"questions": items}), brief, ASK)


def test_it_works() -> None:
    assert read(ITEM) == (DRAFT,)


@pytest.mark.parametrize(
    "reply",
    [
        f"```json\n{json.dumps({'questions': [ITEM]})}\n```",
        f"Here {{you}} are: {json.dumps({'questions': [ITEM]})} Enjoy {{}}",
        json.dumps([ITEM]),
        json.dumps(ITEM),
        json.dumps({"result": {"items": [ITEM]}}),
        json.dumps({"questions": [ITEM, ITEM]})[:-30],
        json.dumps({"questions": [ITEM]})[:-2] + ",",
        json.dumps({"questions": [ITEM]}).replace("combines", "combines", 1).replace('"text"', '"question"'),
    ],
    ids=["fenced", "prose", "list", "single", "wrapped", "cut in a question", "cut after one", "other key"],
)
def test_questions_are_found_in_any_wrapping(reply: str) -> None:
    assert read_drafts(reply, BRIEF, ASK) == (DRAFT,)


def test_raw_line_feeds_in_strings_are_taken() -> None:
    reply = json.dumps({"questions": [ITEM]}).replace("It combines", "It\ncombines")
    assert read_drafts(reply, BRIEF, ASK)[0].answer == "It\ncombines rows."


@pytest.mark.parametrize(
    "reply", ["", "no", "{", "[]", "null", '{"questions": null}', "{" * 9_000, '{"a":' * 9_000]
)
def test_a_reply_without_questions_gives_none(reply: str) -> None:
    assert read_drafts(reply, BRIEF, ASK) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"text": None},
        {"text": 7},
        {"text": "\x00 \ud800"},
        {"text": "x" * 2_001},
        {"answer": ["a"]},
        {"answer": "x" * 20_001},
    ],
)
def test_an_unusable_question_is_dropped_alone(change: dict[str, Any]) -> None:
    assert read(ITEM | change, ITEM) == (DRAFT,)


def test_text_is_cleaned() -> None:
    (draft,) = read(
        ITEM | {"text": "\ufeffWhat\x00 is\r\n\ta \ud83d\ude00 join\x1b?\udfff ", "category": "a\n b"}
    )
    assert draft.text == "What is\n\ta 😀 join?"
    assert draft.category == "a b"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("HARD ", Difficulty.HARD),
        ("Intermediate", Difficulty.MEDIUM),
        ("beginner", Difficulty.EASY),
        ("tricky", Difficulty.HARD),
        (None, Difficulty.HARD),
        (3, Difficulty.HARD),
    ],
)
def test_a_difficulty_is_understood_or_the_one_that_is_asked_most(
    written: object, read_as: Difficulty
) -> None:
    assert read(ITEM | {"difficulty": written})[0].difficulty is read_as


def test_the_difficulty_of_the_brief_wins() -> None:
    brief = Brief("Engineer", Experience.MID, ("SQL",), Difficulty.MEDIUM)
    assert read(ITEM, brief=brief)[0].difficulty is Difficulty.MEDIUM


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("sql", "SQL"),
        ("python ", "Python"),
        ("data modeling", "Data modelling"),
        ("Cooking", "SQL"),
        (None, "SQL"),
    ],
)
def test_a_topic_is_the_nearest_asked_one_or_the_first(written: object, read_as: str) -> None:
    assert read(ITEM | {"topic": written})[0].topic == read_as


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ([" A  b ", "a B", "", 7, None, "x" * 61, "c\x00"], ("a b", "c")),
        ([f"tag {number}" for number in range(30)], tuple(f"tag {number}" for number in range(20))),
        ("joins", ()),
        (None, ()),
    ],
)
def test_tags_are_cleaned(written: object, read_as: tuple[str, ...]) -> None:
    assert read(ITEM | {"tags": written})[0].tags == read_as


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["questions", "text", "answer", "difficulty", "topic", "tags", "category"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values, st.integers(0, 200))
def test_no_reply_breaks_the_reader(value: object, cut: int) -> None:
    for reply in (json.dumps(value), json.dumps(value)[:cut], str(value)):
        for draft in read_drafts(reply, BRIEF, ASK):
            assert draft.text.strip()
            assert draft.answer.strip()
            assert draft.topic in BRIEF.topics
            draft.text.encode()
