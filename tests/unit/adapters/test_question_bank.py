from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from adapters.bank import QuestionBank
from adapters.bank.topic_files import read_shelves
from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from core.domain.library.questions import Difficulty, QuestionDraft, QuestionSource
from core.domain.library.sessions import Experience
from tests.building import words

NUMBERS = [f"number{index}" for index in range(10)]
SHELVES: dict[str, tuple[list[str], list[str]]] = {
    "Python": (["py", "python3"], ["asyncio"]),
    "JavaScript": (["js", "ecmascript"], ["promises"]),
    "Go": (["golang"], []),
    "C++": (["cpp"], []),
    "C": ([], []),
    "System design": (["systems design"], ["distributed systems", "caching"]),
}


def question(topic: str, difficulty: str, number: str) -> dict[str, Any]:
    word = f"{topic}{difficulty}{number}".replace(" ", "").replace("+", "plus")
    return {
        "text": f"Compare {word}alpha with {word}beta, {word}gamma?",
        "answer": f"All about {word}.",
        "difficulty": difficulty,
        "category": "concept",
        "tags": ["Basics", topic],
    }


def told(batch: Batch) -> tuple[str, ...]:
    """The batch's remarks as users read them."""
    return tuple(map(words, batch.remarks))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for topic, (aliases, parts) in SHELVES.items():
        questions = [question(topic, difficulty, number) for difficulty in Difficulty for number in NUMBERS]
        content = {"topic": topic, "aliases": aliases, "parts": parts, "questions": questions}
        file_name = re.sub(r"\W", "_", topic.replace("+", "p")) + ".json"
        (tmp_path / file_name).write_text(json.dumps(content))
    return tmp_path


@pytest.fixture
def bank(folder: Path) -> QuestionBank:
    return QuestionBank(folder)


def brief_on(*topics: str, difficulty: Difficulty | None = None, role: str = "Engineer") -> Brief:
    return Brief(role, Experience.MID, topics, difficulty)


def draw(
    bank: QuestionBank, brief: Brief, count: int = 10, avoid: tuple[str, ...] = ()
) -> list[QuestionDraft]:
    return [draft for batch in bank.generate(brief, count, avoid, lambda: False) for draft in batch.drafts]


def test_it_works(bank: QuestionBank) -> None:
    batches = list(bank.generate(brief_on("Python", "Go"), 25, (), lambda: False))
    assert [len(batch.drafts) for batch in batches] == [10, 10, 5]
    assert {batch.source for batch in batches} == {QuestionSource.BANK}
    first = batches[0].drafts[0]
    assert first.category == "concept"
    assert "basics" in first.tags


def test_topics_get_equal_shares(bank: QuestionBank) -> None:
    drafts = draw(bank, brief_on("Python", "Go", "System design"), 12)
    assert sorted(draft.topic for draft in drafts) == ["Go"] * 4 + ["Python"] * 4 + ["System design"] * 4


def test_the_mix_of_difficulties_suits_the_experience(bank: QuestionBank) -> None:
    drafts = draw(bank, brief_on("Python", "Go"), 20)
    assert [sum(draft.difficulty is difficulty for draft in drafts) for difficulty in Difficulty] == [
        5,
        10,
        5,
    ]


@pytest.mark.parametrize(
    ("asked", "shelf"),
    [
        ("python", "Python"),
        ("PYTHON 3", "Python"),
        ("Py", "Python"),
        ("Java Script", "JavaScript"),
        ("Go", "Go"),
        ("Golang", "Go"),
        ("C++", "C++"),
        ("c", "C"),
        ("system-design", "System design"),
    ],
)
def test_another_name_of_a_topic_keeps_its_spelling(bank: QuestionBank, asked: str, shelf: str) -> None:
    (batch,) = bank.generate(brief_on(asked), 3, (), lambda: False)
    assert {draft.topic for draft in batch.drafts} == {asked}
    assert all(shelf.casefold() in draft.tags for draft in batch.drafts)
    assert batch.remarks == ()


@pytest.mark.parametrize(
    ("asked", "shelf"),
    [
        ("asyncio", "Python"),
        ("Distributed Systems", "System design"),
        ("Advanced Python 3.12", "Python"),
        ("Senior Go developer", "Go"),
        ("Basics of modern C++", "C++"),
        ("The C programming language", "C"),
        ("Caching fundamentals", "System design"),
        ("Javascrpt", "JavaScript"),
        ("Pyhton", "Python"),
        ("Sistem design", "System design"),
    ],
)
def test_partial_qualified_and_misspelt_topics_get_the_known_name(
    bank: QuestionBank, asked: str, shelf: str
) -> None:
    (batch,) = bank.generate(brief_on(asked), 3, (), lambda: False)
    assert {draft.topic for draft in batch.drafts} == {shelf}
    assert all(shelf.casefold() in draft.tags for draft in batch.drafts)
    assert told(batch) == (f"“{asked}” was mapped to “{shelf}”.",)


@pytest.mark.parametrize(
    "asked",
    [
        "Java",
        "C#",
        "Jython",
        "Python4ever",
        "Python snakes",
        "Python web development",
        "systems",
        "Go to market strategy",
        "Advanced programming questions",
        "Knitting",
        "2",
        "???",
        "",
        "日本史",
    ],
)
def test_a_topic_that_only_looks_alike_is_unknown(bank: QuestionBank, asked: str) -> None:
    with pytest.raises(GenerationFailed) as caught:
        draw(bank, brief_on(asked))
    assert (caught.value.code, caught.value.is_transient) == ("unknown_topics", False)


def test_unknown_topics_are_refused_with_the_known_ones(bank: QuestionBank) -> None:
    with pytest.raises(GenerationFailed) as caught:
        draw(bank, brief_on("Knitting", "Pottery"))
    assert words(caught.value.message) == (
        "The question bank has no questions on “Knitting”, “Pottery”. "
        "It knows only: C, C++, Go, JavaScript, Python, System design."
    )


def test_known_topics_are_used_where_others_are_unknown(bank: QuestionBank) -> None:
    drafts = draw(bank, brief_on("Knitting", "Python"), 10)
    assert [draft.topic for draft in drafts] == ["Python"] * 10


def test_what_was_taken_otherwise_and_what_is_unknown_is_remarked_once(bank: QuestionBank) -> None:
    brief = brief_on("Knitting", "asyncio", "Go", "Pottery")
    batches = list(bank.generate(brief, 25, (), lambda: False))
    assert [told(batch) for batch in batches] == [
        (
            "“asyncio” was mapped to “Python”.",
            "The question bank has no questions on “Knitting”.",
            "The question bank has no questions on “Pottery”.",
        ),
        (),
        (),
    ]


def test_it_is_remarked_also_where_no_question_is_left(bank: QuestionBank) -> None:
    everything = tuple(draft.text for draft in draw(bank, brief_on("Go"), 30))
    batches = list(bank.generate(brief_on("Go", "Knitting"), 5, everything, lambda: False))
    (batch,) = batches
    assert batch.drafts == ()
    assert told(batch) == ("The question bank has no questions on “Knitting”.",)


def test_two_parts_of_one_topic_share_its_turns(bank: QuestionBank) -> None:
    drafts = draw(bank, brief_on("Caching", "Distributed systems", "Go"), 8)
    assert sorted(draft.topic for draft in drafts) == ["Go"] * 4 + ["System design"] * 4


def test_questions_to_avoid_do_not_come_again(bank: QuestionBank) -> None:
    brief = brief_on("Python")
    first = draw(bank, brief, 10)
    second = draw(bank, brief, 10, avoid=tuple(draft.text for draft in first))
    assert len(second) == 10
    assert not {draft.text for draft in first} & {draft.text for draft in second}


def test_equal_briefs_get_equal_questions(bank: QuestionBank, folder: Path) -> None:
    once = draw(bank, brief_on("Python", "Go"))
    assert draw(QuestionBank(folder), brief_on("Go", "Python")) == once


def test_different_briefs_get_them_in_another_order(bank: QuestionBank) -> None:
    assert draw(bank, brief_on("Python", role="Engineer")) != draw(bank, brief_on("Python", role="Analyst"))


def test_one_difficulty_is_kept_even_where_it_runs_dry(bank: QuestionBank) -> None:
    drafts = draw(bank, brief_on("Python", difficulty=Difficulty.HARD), 20)
    assert [draft.difficulty for draft in drafts] == [Difficulty.HARD] * 10


def test_a_mix_is_filled_up_from_other_difficulties(bank: QuestionBank) -> None:
    drafts = draw(bank, brief_on("Python"), 28)
    assert len(drafts) == 28
    assert len({draft.text for draft in drafts}) == 28


def test_a_topic_that_runs_dry_is_filled_up_from_the_others(bank: QuestionBank) -> None:
    assert len(draw(bank, brief_on("Python", "Go"), 50)) == 50


def test_a_dry_bank_gives_fewer(bank: QuestionBank) -> None:
    assert len(draw(bank, brief_on("Python"), 50)) == 30


def test_two_names_of_one_topic_do_not_give_a_question_twice(bank: QuestionBank) -> None:
    drafts = draw(bank, brief_on("Python", "py"), 40)
    assert len({draft.text for draft in drafts}) == len(drafts) == 30


def test_it_stops_between_batches(bank: QuestionBank) -> None:
    answers = iter([False, True])
    batches = list(bank.generate(brief_on("Python"), 30, (), lambda: next(answers)))
    assert [len(batch.drafts) for batch in batches] == [10]


@pytest.mark.parametrize(
    "change",
    [
        {"difficulty": "impossible"},
        {"text": " "},
        {"answer": None},
        {"tags": [1]},
    ],
)
def test_a_broken_file_is_refused_by_name(folder: Path, change: dict[str, Any]) -> None:
    broken = {"topic": "Broken", "aliases": [], "questions": [question("Broken", "easy", "one") | change]}
    (folder / "broken.json").write_text(json.dumps(broken))
    with pytest.raises(ValueError, match=r"broken\.json"):
        QuestionBank(folder)


def test_the_bank_can_be_read_and_answers_for_each_topic() -> None:
    bank = QuestionBank()
    for topic in bank.topics:
        assert draw(bank, replace(brief_on(topic), experience=Experience.ENTRY), 3)


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("Django", "Python"), ("Node.js", "JavaScript"), ("AWS", "Cloud"), ("Redis", "Databases")],
)
def test_a_topic_that_belongs_to_another_is_mapped_and_remarked(asked: str, nearest: str) -> None:
    (batch,) = QuestionBank().generate(brief_on(asked), 2, (), lambda: False)

    assert {draft.topic for draft in batch.drafts} == {nearest}
    assert told(batch) == (f"“{asked}” was mapped to “{nearest}”.",)


@pytest.mark.parametrize(
    "asked",
    [
        "C++",
        "Vue",
        "Kafka",
        "Ruby on Rails",
        "Kotlin",
        "React Native",
        "Web3",
        "cloud kitchen",
        "security guard",
        "test cricket",
        "Python snakes",
        "underwater basket weaving",
    ],
)
def test_the_bank_serves_nothing_that_it_has_no_questions_on(asked: str) -> None:
    with pytest.raises(GenerationFailed) as caught:
        draw(QuestionBank(), brief_on(asked))
    assert "knows only: Algorithms and data structures, Behavioural, " in words(caught.value.message)


@pytest.mark.parametrize(
    ("asked", "labelled"),
    [
        ("js", "js"),
        ("ReactJS", "ReactJS"),
        ("DSA", "DSA"),
        ("Web development", "Web development"),
        ("Kubernetes", "DevOps"),
        ("K8s", "DevOps"),
        ("CI/CD", "DevOps"),
        ("PostgreSQL 16", "Databases"),
        ("REST APIs", "Web"),
        ("Core Java", "Java"),
        ("Java 21", "Java"),
        ("SQL interview questions", "SQL"),
        ("Machine learning engineer", "Machine learning"),
        ("Typscript", "TypeScript"),
    ],
)
def test_the_bank_in_the_package_labels_questions_as_what_they_are(asked: str, labelled: str) -> None:
    assert {draft.topic for draft in draw(QuestionBank(), brief_on(asked), 3)} == {labelled}


def test_no_name_in_the_package_stands_for_two_topics() -> None:
    shelves = read_shelves(files("adapters.bank") / "data")
    names = [
        re.sub(r"\W", "", name).casefold()
        for shelf in shelves
        for name in (shelf.topic, *shelf.aliases, *shelf.parts)
    ]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("key", ["aliases", "parts"])
def test_a_name_without_a_letter_is_refused(folder: Path, key: str) -> None:
    broken = {"topic": "Broken", key: ["?"], "questions": [question("Broken", "easy", "one")]}
    (folder / "broken.json").write_text(json.dumps(broken))
    with pytest.raises(ValueError, match=r"broken\.json"):
        QuestionBank(folder)
