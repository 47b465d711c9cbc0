"""Interview sessions: the role a user prepares for, with its experience, topics and tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.domain.rules import UNSET, ChoiceRule, LabelsRule, Rule, TextRule, Unset, enforce, given_fields
from core.domain.text import single_spaced

MAX_TOPICS = 20
MAX_TAGS = 20
MAX_ROLE_LENGTH = 120
MAX_LABEL_LENGTH = 60
MAX_DESCRIPTION_LENGTH = 4_000


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


def label_key(label: str) -> str:
    """The key by which labels are compared without case."""
    return label.casefold()


def distinct_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels trimmed and in their order, without duplicates. Case does not count."""
    seen: dict[str, str] = {}
    for label in labels:
        trimmed = single_spaced(label)
        if trimmed:
            seen.setdefault(label_key(trimmed), trimmed)
    return tuple(seen.values())


def distinct_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags in lower case, without duplicates."""
    return tuple(label_key(label) for label in distinct_labels(tags))


LABEL = TextRule(MAX_LABEL_LENGTH)
ROLE = TextRule(MAX_ROLE_LENGTH)
TOPICS = LabelsRule(LABEL, distinct_labels, min_items=1, max_items=MAX_TOPICS)
TAGS = LabelsRule(LABEL, distinct_tags, max_items=MAX_TAGS)
DESCRIPTION = TextRule(MAX_DESCRIPTION_LENGTH, is_line=False, is_blank_allowed=True)

_RULES: Mapping[str, Rule] = {
    "role": ROLE,
    "experience": ChoiceRule(Experience),
    "topics": TOPICS,
    "description": DESCRIPTION,
    "tags": TAGS,
    "status": ChoiceRule(SessionStatus),
}


@dataclass(frozen=True, slots=True)
class SessionContent:
    """The part of a session that the user writes. Raises Invalid when it is created."""

    role: str
    experience: Experience
    topics: tuple[str, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    status: SessionStatus = SessionStatus.PLANNED

    def __post_init__(self) -> None:
        enforce(self, _RULES)


@dataclass(frozen=True, slots=True)
class SessionChanges:
    """New values for some fields of the content. Raises Invalid when it is created."""

    role: str | Unset = UNSET
    experience: Experience | Unset = UNSET
    topics: tuple[str, ...] | Unset = UNSET
    description: str | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    status: SessionStatus | Unset = UNSET

    def __post_init__(self) -> None:
        enforce(self, _RULES)


@dataclass(frozen=True, slots=True)
class Session:
    """`deleted_at` marks a session as deleted for the user while its questions are being removed."""

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

    @classmethod
    def made(cls, id: str, user_id: str, content: SessionContent, now: datetime) -> Session:
        return cls(id=id, user_id=user_id, created_at=now, updated_at=now, **given_fields(content))

    def edited(self, changes: SessionChanges, now: datetime) -> Session:
        """The changed session, or the session itself if nothing changes."""
        given = given_fields(changes)
        return replace(self, updated_at=now, **given) if given else self

    def deleted(self, now: datetime) -> Session:
        return replace(self, deleted_at=now, updated_at=now)


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """The sessions to list. An empty tuple means any; several tags mean any of them."""

    statuses: tuple[SessionStatus, ...] = ()
    tags: tuple[str, ...] = ()
