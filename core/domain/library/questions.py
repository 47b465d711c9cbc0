"""Questions with their answers and sources, and their filters and sort orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.domain.library.sessions import LABEL, MAX_LABEL_LENGTH, TAGS, Session, label_key
from core.domain.rules import UNSET, ChoiceRule, Rule, TextRule, Unset, enforce, given_fields

MAX_QUESTION_LENGTH = 2_000
MAX_ANSWER_LENGTH = 20_000
MAX_NOTES_LENGTH = 10_000


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"

    @property
    def rank(self) -> int:
        """1 for easy to 3 for hard. The names do not sort in this order."""
        return list(Difficulty).index(self) + 1


class QuestionSource(StrEnum):
    """The author of a question."""

    GROQ = "groq"
    FALLBACK = "fallback"
    BANK = "bank"
    CUSTOM = "custom"


class QuestionSort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    DIFFICULTY = "difficulty"


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A generated question that does not belong to a session yet."""

    text: str
    answer: str
    difficulty: Difficulty
    topic: str
    category: str = ""
    tags: tuple[str, ...] = ()


TEXT = TextRule(MAX_QUESTION_LENGTH, is_line=False)
ANSWER = TextRule(MAX_ANSWER_LENGTH, is_line=False, is_blank_allowed=True)
CATEGORY = TextRule(MAX_LABEL_LENGTH, is_blank_allowed=True)
NOTES = TextRule(MAX_NOTES_LENGTH, is_line=False, is_blank_allowed=True)

_RULES: Mapping[str, Rule] = {
    "text": TEXT,
    "answer": ANSWER,
    "difficulty": ChoiceRule(Difficulty),
    "topic": LABEL,
    "category": CATEGORY,
    "tags": TAGS,
    "notes": NOTES,
}


@dataclass(frozen=True, slots=True)
class QuestionContent:
    """The part of a question that the user writes. Without a topic, the session's first one is used.

    Raises Invalid when it is created.
    """

    text: str
    answer: str
    difficulty: Difficulty = Difficulty.MEDIUM
    topic: str | Unset = UNSET
    category: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    pinned: bool = False

    def __post_init__(self) -> None:
        enforce(self, _RULES)


@dataclass(frozen=True, slots=True)
class QuestionChanges:
    """New values for some fields of the content. Raises Invalid when it is created."""

    text: str | Unset = UNSET
    answer: str | Unset = UNSET
    difficulty: Difficulty | Unset = UNSET
    topic: str | Unset = UNSET
    category: str | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    notes: str | Unset = UNSET
    pinned: bool | Unset = UNSET

    def __post_init__(self) -> None:
        enforce(self, _RULES)


@dataclass(frozen=True, slots=True)
class Question:
    """`job_id` names the job that created it; it is None for a custom question. `rewritten_by` names the job
    that last regenerated it."""

    id: str
    session_id: str
    user_id: str
    text: str
    answer: str
    difficulty: Difficulty
    topic: str
    source: QuestionSource
    created_at: datetime
    updated_at: datetime
    category: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    pinned: bool = False
    job_id: str | None = None
    rewritten_by: str | None = None
    version: int = 1

    @property
    def topic_key(self) -> str:
        return label_key(self.topic)

    @property
    def category_key(self) -> str:
        return label_key(self.category)

    @classmethod
    def custom(cls, id: str, session: Session, content: QuestionContent, now: datetime) -> Question:
        """A question written by the user."""
        return cls(
            id=id,
            session_id=session.id,
            user_id=session.user_id,
            source=QuestionSource.CUSTOM,
            created_at=now,
            updated_at=now,
            **{"topic": session.topics[0], **given_fields(content)},
        )

    def edited(self, changes: QuestionChanges, now: datetime) -> Question:
        """The changed question, or the question itself if nothing changes."""
        given = given_fields(changes)
        return replace(self, updated_at=now, **given) if given else self


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """The questions to list. An empty tuple or None means any; several values mean any of them.

    Topics, categories and tags are compared without case. `created_from` is inclusive,
    `created_to` exclusive.
    """

    session_ids: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    difficulties: tuple[Difficulty, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    sources: tuple[QuestionSource, ...] = ()
    pinned: bool | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
