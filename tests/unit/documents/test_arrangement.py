from __future__ import annotations

from adapters.documents.outline import by_topic, title_facts
from core.domain.library.exports import ExportOptions
from core.domain.library.questions import Difficulty


def test_questions_are_grouped_by_topic_and_keep_their_order(document, question):
    groups = by_topic(
        document(
            question(topic="B", text="1"),
            question(topic="A", text="2"),
            question(topic="b ", text="3"),
        )
    )

    assert [group.name for group in groups] == ["B", "A"]
    assert [[entry.title for entry in group.questions] for group in groups] == [["1", "3"], ["2"]]
    assert [entry.number for group in groups for entry in group.questions] == [1, 2, 3]


def test_a_question_without_a_topic_is_among_the_others(document, question):
    assert [group.name for group in by_topic(document(question(topic=" ")))] == ["Other"]


def test_a_title_is_one_short_line(document, question):
    ((entry,),) = (group.questions for group in by_topic(document(question(text="a\n`b`  c" + "x" * 500))))

    assert entry.title.startswith("a b cxxx")
    assert entry.title.endswith("…")
    assert len(entry.title) < 250


def test_the_facts_of_the_title_page(document, question):
    facts = title_facts(
        document(
            question(difficulty=Difficulty.HARD, pinned=True),
            question(difficulty=Difficulty.EASY),
            options=ExportOptions(include_notes=True, only_pinned=True),
        )
    )

    assert facts.experience == "Senior level"
    assert facts.date == "23 November 2025"
    assert facts.counts == ((Difficulty.EASY, 1), (Difficulty.MEDIUM, 0), (Difficulty.HARD, 1))
    assert facts.pinned_count == 1
    assert facts.contents == "pinned questions, answers and notes"
