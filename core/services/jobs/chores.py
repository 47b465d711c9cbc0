"""What is done again and again, so that nothing that a crash has left behind stays undone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from core.domain.errors import Unavailable
from ports.jobs import JobRepository
from ports.queue import Priority, Work, WorkQueue
from ports.system import Clock

log = logging.getLogger(__name__)

_HINTS_AT_A_TIME = 20
_ENOUGH_HINTS = 100


class DueJobs:
    """Hints again at jobs that may be taken: their hint was lost, their worker died, their wait is over."""

    def __init__(self, jobs: JobRepository, queue: WorkQueue, clock: Clock) -> None:
        self._jobs = jobs
        self._queue = queue
        self._clock = clock

    def sweep(self) -> int:
        """How many were hinted at: none while the queue still holds hints enough to wake every worker."""
        if self._queue.waiting() >= _ENOUGH_HINTS:
            return 0
        due = self._jobs.due(self._clock.now(), _HINTS_AT_A_TIME)
        for job in due:
            self._queue.hint(Work.JOB, job.id, Priority.BACKGROUND)
        return len(due)


class ChoreRunner:
    """Runs each of its chores, by name; the failure of one does not keep the others from running."""

    def __init__(self, chores: Mapping[str, Callable[[], int]]) -> None:
        self._chores = dict(chores)

    def run_all(self) -> dict[str, int]:
        """How many things each chore has dealt with; a chore that could not run is absent."""
        dealt_with = {}
        for name, chore in self._chores.items():
            try:
                dealt_with[name] = chore()
            except Unavailable as error:
                log.warning("sweep %s has to wait: %s", name, error.detail)
            except Exception:  # the sweeper is what repairs other failures: it must outlive its own
                log.exception("sweep %s failed", name)
        return dealt_with
