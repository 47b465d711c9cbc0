from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.generation.briefs import Batch, Brief, GenerationFailed, TokenUsage, difficulty_mix
from core.domain.library.questions import Difficulty, QuestionSource
from core.domain.library.sessions import Experience
from core.domain.messages import Message

experiences = st.sampled_from(Experience)
counts = st.integers(0, 200)


def a_brief(
    role: str = "Backend developer",
    experience: Experience = Experience.MID,
    topics: tuple[str, ...] = ("Python", "SQL"),
    difficulty: Difficulty | None = None,
    instructions: str = "",
) -> Brief:
    return Brief(role, experience, topics, difficulty, instructions)


def test_a_mix_for_ten_questions() -> None:
    assert difficulty_mix(a_brief(experience=Experience.ENTRY), 10) == {
        Difficulty.EASY: 6,
        Difficulty.MEDIUM: 3,
        Difficulty.HARD: 1,
    }


@given(experiences, counts)
def test_a_mix_adds_up_to_what_was_asked_for(experience: Experience, count: int) -> None:
    mix = difficulty_mix(a_brief(experience=experience), count)

    assert sum(mix.values()) == count
    assert all(amount > 0 for amount in mix.values())


@given(experiences, counts)
def test_a_mix_keeps_within_one_of_the_shares(experience: Experience, count: int) -> None:
    per_hundred = difficulty_mix(a_brief(experience=experience), 100)
    mix = difficulty_mix(a_brief(experience=experience), count)

    for difficulty in Difficulty:
        assert abs(mix.get(difficulty, 0) - count * per_hundred[difficulty] / 100) < 1


@given(counts)
def test_more_experience_never_means_fewer_hard_questions(count: int) -> None:
    hard = [
        difficulty_mix(a_brief(experience=experience), count).get(Difficulty.HARD, 0)
        for experience in Experience
    ]

    assert hard == sorted(hard)


@given(experiences, counts, st.sampled_from(Difficulty))
def test_a_difficulty_that_is_asked_for_leaves_no_mix(
    experience: Experience, count: int, difficulty: Difficulty
) -> None:
    assert difficulty_mix(a_brief(experience=experience, difficulty=difficulty), count) == {difficulty: count}


@pytest.mark.parametrize(
    "same",
    [
        a_brief(role="  backend   DEVELOPER "),
        a_brief(topics=("sql", "PYTHON")),
        a_brief(topics=("Python", " SQL ", "python")),
    ],
)
def test_briefs_that_ask_for_the_same_have_one_fingerprint(same: Brief) -> None:
    assert same.fingerprint == a_brief().fingerprint


def test_spacing_and_case_of_instructions_do_not_count() -> None:
    assert (
        a_brief(instructions="Ask about\n pandas").fingerprint
        == a_brief(instructions=" ask ABOUT pandas ").fingerprint
    )


@pytest.mark.parametrize(
    "other",
    [
        a_brief(role="Frontend developer"),
        a_brief(experience=Experience.SENIOR),
        a_brief(topics=("Python",)),
        a_brief(topics=("Python SQL",)),
        a_brief(difficulty=Difficulty.HARD),
        a_brief(instructions="Ask about pandas"),
        a_brief(role="Backend", topics=("developer", "Python", "SQL")),
    ],
)
def test_briefs_that_ask_for_something_else_have_another_fingerprint(other: Brief) -> None:
    assert other.fingerprint != a_brief().fingerprint


@given(st.text(st.characters(), max_size=50), st.lists(st.text(st.characters(), max_size=10), max_size=5))
def test_any_text_has_a_fingerprint(text: str, topics: list[str]) -> None:
    fingerprint = a_brief(role=text, topics=tuple(topics), instructions=text).fingerprint

    assert len(fingerprint) == 64
    assert fingerprint == a_brief(role=text, topics=tuple(reversed(topics)), instructions=text).fingerprint


def test_token_usage_adds_up() -> None:
    assert TokenUsage(1, 2) + TokenUsage(30, 40) == TokenUsage(31, 42)


def test_a_batch_costs_nothing_unless_it_says_so() -> None:
    assert Batch((), QuestionSource.BANK).usage == TokenUsage(0, 0)


def test_a_failure_reads_as_its_code() -> None:
    failure = GenerationFailed(Message.verbatim("The quota is used up.", "quota"), is_transient=True)

    assert str(failure) == failure.code == "quota"
