"""An interview session: what somebody prepares for, and the frame for its questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.domain.text import single_spaced

MAX_TOPICS = 20
MAX_TAGS = 20
MAX_ROLE_LENGTH = 120
MAX_LABEL_LENGTH = 60
MAX_DESCRIPTION_LENGTH = 4_000
MAX_QUESTIONS_PER_SESSION = 1_000


class Experience(StrEnum):
    ENTRY = "entry"
    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"
    LEAD = "lead"
    EXPERT = "expert"


class SessionStatus(StrEnum):
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    ARCHIVED = "archived"


def distinct_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Trimmed labels in their order, each once; spellings that differ in case only are one."""
    seen: dict[str, str] = {}
    for label in labels:
        trimmed = single_spaced(label)
        if trimmed:
            seen.setdefault(trimmed.casefold(), trimmed)
    return tuple(seen.values())


def distinct_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Tags are labels in lower case."""
    return tuple(label.casefold() for label in distinct_labels(tags))


@dataclass(frozen=True, slots=True)
class Session:
    """`deleted_at` marks a session that is gone for its user while its questions are being removed."""

    id: str
    user_id: str
    role: str
    experience: Experience
    topics: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    description: str = ""
    tags: tuple[str, ...] = ()
    status: SessionStatus = SessionStatus.PLANNED
    deleted_at: datetime | None = None
    version: int = 1

    def deleted(self, now: datetime) -> Session:
        return replace(self, deleted_at=now, updated_at=now)


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions to list; an empty tuple means any. Tags mean any of them."""

    statuses: tuple[SessionStatus, ...] = ()
    tags: tuple[str, ...] = ()
