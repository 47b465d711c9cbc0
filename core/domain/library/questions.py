"""A question with its answer, who wrote it, and how questions are filtered and sorted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.library.sessions import label_key

MAX_QUESTION_LENGTH = 2_000
MAX_ANSWER_LENGTH = 20_000
MAX_NOTES_LENGTH = 10_000


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"

    @property
    def rank(self) -> int:
        """1 for easy to 3 for hard: the order that people mean, which the names are not in."""
        return list(Difficulty).index(self) + 1


class QuestionSource(StrEnum):
    """Who wrote a question."""

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
    """A question as a generator writes it, before it belongs to a session."""

    text: str
    answer: str
    difficulty: Difficulty
    topic: str
    category: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """`job_id` names the job that made it, None for a custom question; `rewritten_by` the job that last
    wrote it anew."""

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


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """Which questions to list. An empty tuple or None means any; several values mean any of them.

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
