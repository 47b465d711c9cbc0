"""The queue: ids of work to do, handed to whichever worker is free."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Protocol


class Work(StrEnum):
    """What an id on the queue is the id of."""

    JOB = "job"
    MAIL = "mail"


class Priority(IntEnum):
    """The higher, the sooner."""

    BULK = 0
    BACKGROUND = 10
    INTERACTIVE = 50


class WorkQueue(Protocol):
    """A hint, not the truth: what it loses is found in the stores and hinted again.

    Each kind of work has a queue and workers of its own.
    """

    def hint(self, work: Work, work_id: str, priority: Priority) -> None:
        """Tell the workers that it is there. Raises Unavailable while the queue is unavailable."""

    def waiting(self, work: Work) -> int:
        """How many hints of that kind wait. Raises Unavailable while the queue is unavailable."""
