"""The order of a printed document: topics with their numbered questions, and the facts of the title page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from adapters.documents.printable import printable_line
from core.domain.library.exports import SessionDocument
from core.domain.library.questions import Difficulty, Question

_WITHOUT_TOPIC = "Other"
_TITLE_LENGTH = 160


@dataclass(frozen=True, slots=True)
class NumberedQuestion:
    """Numbers run through the whole document, from 1. `title` is the question on one line, shortened."""

    number: int
    question: Question
    title: str

    @property
    def anchor(self) -> str:
        return f"question-{self.number}"


@dataclass(frozen=True, slots=True)
class TopicGroup:
    number: int
    name: str
    questions: tuple[NumberedQuestion, ...]

    @property
    def anchor(self) -> str:
        return f"topic-{self.number}"


def by_topic(document: SessionDocument) -> tuple[TopicGroup, ...]:
    """Topics in the order in which they first appear, spellings that differ in case only being one topic."""
    names: dict[str, str] = {}
    members: dict[str, list[Question]] = {}
    for question in document.questions:
        name = printable_line(question.topic) or _WITHOUT_TOPIC
        names.setdefault(name.casefold(), name)
        members.setdefault(name.casefold(), []).append(question)
    groups = []
    number = 0
    for position, (key, questions) in enumerate(members.items(), start=1):
        numbered = []
        for question in questions:
            number += 1
            numbered.append(NumberedQuestion(number, question, _title(question.text)))
        groups.append(TopicGroup(position, names[key], tuple(numbered)))
    return tuple(groups)


def laid_out_questions(document: SessionDocument) -> tuple[Question, ...]:
    """In the order of their numbers."""
    return tuple(entry.question for group in by_topic(document) for entry in group.questions)


def _title(text: str) -> str:
    line = printable_line(text.replace("`", "")) or "(no text)"
    return shorten(line, _TITLE_LENGTH)


def shorten(line: str, length: int) -> str:
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class TitleFacts:
    role: str
    experience: str
    topics: tuple[str, ...]
    date: str
    question_count: int
    counts: tuple[tuple[Difficulty, int], ...]
    pinned_count: int
    contents: str


def title_facts(document: SessionDocument) -> TitleFacts:
    session, questions = document.session, document.questions
    counts = Counter(question.difficulty for question in questions)
    parts = ["questions"]
    if document.options.include_answers:
        parts.append("answers")
    if document.options.include_notes:
        parts.append("notes")
    contents = " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
    return TitleFacts(
        role=printable_line(session.role) or "Interview",
        experience=f"{session.experience.value.capitalize()} level",
        topics=tuple(filter(None, map(printable_line, session.topics))),
        date=f"{document.created_at.day} {document.created_at:%B %Y}",
        question_count=len(questions),
        counts=tuple((difficulty, counts[difficulty]) for difficulty in Difficulty),
        pinned_count=sum(question.pinned for question in questions),
        contents=("pinned " if document.options.only_pinned else "") + contents,
    )


def question_facts(question: Question) -> tuple[str, ...]:
    """Category and tags, as they stand under a question after its difficulty."""
    facts = (printable_line(question.category), ", ".join(filter(None, map(printable_line, question.tags))))
    return tuple(fact for fact in facts if fact)
