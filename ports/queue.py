"""The work queue: ids of jobs and emails for free workers."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Protocol


class Work(StrEnum):
    """The kind of record that an id on the queue belongs to."""

    JOB = "job"
    MAIL = "mail"


class Priority(IntEnum):
    """A higher priority is served sooner."""

    BULK = 0
    BACKGROUND = 10
    INTERACTIVE = 50


class WorkQueue(Protocol):
    """A queue of hints. A lost hint is queued again, since the record is in its store.

    Each kind of work has its own queue and workers.
    """

    def hint(self, work: Work, work_id: str, priority: Priority) -> None:
        """Queue a hint for the workers. Raises Unavailable while the queue is unavailable."""

    def waiting(self, work: Work) -> int:
        """The number of waiting hints of that kind. Raises Unavailable while the queue is unavailable."""
