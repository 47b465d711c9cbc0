"""The queue of jobs: ids of work to do, handed to whichever worker is free."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol


class Priority(IntEnum):
    """The higher, the sooner."""

    BULK = 0
    BACKGROUND = 10
    INTERACTIVE = 50


class JobQueue(Protocol):
    """A hint, not the truth: what it loses is found in the ledger and hinted again."""

    def hint(self, job_id: str, priority: Priority) -> None:
        """Tell the workers that the job is there. Raises Unavailable while the queue is away."""

    def waiting(self) -> int:
        """How many hints wait. Raises Unavailable while the queue is away."""
