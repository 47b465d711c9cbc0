"""Periodic repair of whatever a crash left unfinished, and removal of what has expired."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.domain.errors import AlreadyExists, Unavailable, VersionConflict
from core.domain.jobs.chores import ChoreState
from core.domain.leases import LeaseLost
from ports.jobs import ChoreRepository, JobRepository
from ports.queue import Priority, Work, WorkQueue
from ports.system import Clock

log = logging.getLogger(__name__)

_HINTS_AT_A_TIME = 20
_ENOUGH_HINTS = 100
_SHORTEST_LEASE = timedelta(seconds=10)
_LONGEST_LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Chore:
    """`run` does the work once and returns how many things it dealt with."""

    name: str
    interval: timedelta
    run: Callable[[], int]

    @property
    def lease_lifetime(self) -> timedelta:
        """After so long without an end the process that does the chore is taken for dead.

        A chore that takes longer may then be done twice at a time, which each of them allows.
        """
        return min(max(2 * self.interval, _SHORTEST_LEASE), _LONGEST_LEASE)


class ChoreRunner:
    """Runs chores for one process, whose name is `owner`. The failure of one does not stop the others."""

    def __init__(self, chores: Sequence[Chore], states: ChoreRepository, clock: Clock, owner: str) -> None:
        self._chores = tuple(chores)
        self._states = states
        self._clock = clock
        self._owner = owner
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begin no further chore; one that runs goes on."""
        self._stopping.set()

    def run_due(self) -> dict[str, int]:
        """Do the chores that are due and that no other process is doing; what each dealt with, by name."""
        return self._run(self._run_if_due)

    def run_all(self) -> dict[str, int]:
        """Do all chores now, whenever they were done last."""
        return self._run(lambda chore: chore.run())

    def _run(self, do: Callable[[Chore], int | None]) -> dict[str, int]:
        """A chore that could not run, or was not due, is absent."""
        dealt_with = {}
        for chore in self._chores:
            if self._stopping.is_set():
                break
            try:
                count = do(chore)
            except Unavailable as error:
                log.warning("chore %s has to wait: %s", chore.name, error.detail)
            except Exception:  # chores repair other failures, so they must outlive their own
                log.exception("chore %s failed", chore.name)
            else:
                if count is not None:
                    dealt_with[chore.name] = count
        return dealt_with

    def _run_if_due(self, chore: Chore) -> int | None:
        try:
            state = self._leased(chore)
        except (LeaseLost, VersionConflict):
            return None
        try:
            return chore.run()
        finally:
            # Also after a failure: a chore that always fails must not be repeated without pause.
            self._end(state, chore)

    def _leased(self, chore: Chore) -> ChoreState:
        """Raises LeaseLost or VersionConflict if it is not due, or another process is faster."""
        now = self._clock.now()
        state = self._states.get(chore.name)
        if state is None:
            state = ChoreState(chore.name, now)
            try:
                self._states.add(state)
            except AlreadyExists as error:
                raise LeaseLost from error
        return self._states.save(state.leased(self._owner, now, chore.lease_lifetime))

    def _end(self, state: ChoreState, chore: Chore) -> None:
        try:
            self._states.save(state.done(self._clock.now() + chore.interval))
        except (VersionConflict, Unavailable):
            log.warning("chore %s was taken over, or its end could not be stored", chore.name)


class DueJobs:
    """Hints again at jobs that are due: a hint was lost, a worker died, or a wait is over."""

    def __init__(self, jobs: JobRepository, queue: WorkQueue, clock: Clock) -> None:
        self._jobs = jobs
        self._queue = queue
        self._clock = clock

    def sweep(self) -> int:
        """The number of hints; none while the queue still holds enough to wake every worker."""
        if self._queue.waiting(Work.JOB) >= _ENOUGH_HINTS:
            return 0
        due = self._jobs.due(self._clock.now(), _HINTS_AT_A_TIME)
        for job in due:
            self._queue.hint(Work.JOB, job.id, Priority.BACKGROUND)
        return len(due)

    def hint_next(self) -> None:
        """Hint at the job that has waited longest, if one is due. For a worker that has run a job: so every
        hint stands for one job only, and no worker stays idle while jobs are due."""
        try:
            for job in self._jobs.due(self._clock.now(), 1):
                self._queue.hint(Work.JOB, job.id, Priority.BACKGROUND)
        except Unavailable as error:
            log.warning("jobs that are due wait for the sweep: %s", error.detail)
