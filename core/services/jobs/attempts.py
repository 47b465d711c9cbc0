"""One attempt of one worker at one job, as the handler of its kind sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from core.domain.errors import Unavailable
from core.domain.jobs.jobs import Job, JobCancelled, Progress
from core.domain.json import JsonObject
from core.domain.leases import LeaseLost
from core.services.jobs.events import JobEvents
from core.services.saving import save_with_retry
from ports.jobs import JobRepository
from ports.system import Clock


class WorkerStopping(Exception):
    """The worker is shutting down and its grace is over: the job goes back into the queue."""


class JobAttempt:
    """Every write goes through `_write`, which refuses it once the lease belongs to somebody else."""

    def __init__(
        self,
        job: Job,
        jobs: JobRepository,
        events: JobEvents,
        clock: Clock,
        lease_lifetime: timedelta,
        must_stop: Callable[[], bool],
    ) -> None:
        assert job.lease is not None
        self.job = job
        self._owner, self._lease_number = job.lease.owner, job.lease.number
        self._jobs = jobs
        self._events = events
        self._clock = clock
        self._lease_lifetime = lease_lifetime
        self._must_stop = must_stop
        self._lost = threading.Event()
        self._cancelled = threading.Event()

    def check(self) -> None:
        """To be called between steps: raises LeaseLost, JobCancelled or WorkerStopping if this is the end."""
        if self._lost.is_set():
            raise LeaseLost
        if self._cancelled.is_set():
            raise JobCancelled
        if self._must_stop():
            raise WorkerStopping

    def look(self) -> None:
        """The same, after a look at the ledger: a cancellation is noticed now, not at the next heartbeat."""
        with suppress(Unavailable):  # which is for the next write to meet
            job = self._jobs.get(self.job.id)
            if job is None:
                raise LeaseLost
            if job.held(self._owner, self._lease_number).cancel_requested:
                self._cancelled.set()
        self.check()

    def should_stop(self) -> bool:
        """Whether `check` would raise."""
        return self._lost.is_set() or self._cancelled.is_set() or self._must_stop()

    def confirm(self) -> None:
        """To be called right before something is stored: raises LeaseLost if another has the job by now.

        A worker that was held up for longer than its lease would else write over what another has made.
        """
        self._write(lambda job: job.renewed(self._clock.now(), self._lease_lifetime), is_news=False)

    def report(self, progress: Progress, result: JsonObject) -> None:
        """Write down how far the work is and what it has made. Raises as `check` does."""
        self._write(lambda job: job.progressed(progress, result))
        self.check()

    def renew(self) -> None:
        """Keep the lease. The heartbeat's call: it notes a lost lease for the next `check`."""
        try:
            self.confirm()
        except LeaseLost:
            self._lost.set()

    def end(self, transform: Callable[[Job], Job]) -> Job:
        """Commit the outcome in one write. Raises LeaseLost."""
        return self._write(transform)

    def _write(self, transform: Callable[[Job], Job], *, is_news: bool = True) -> Job:
        def load() -> Job:
            job = self._jobs.get(self.job.id)
            if job is None:
                raise LeaseLost
            return job.held(self._owner, self._lease_number)

        self.job = save_with_retry(load, transform, self._jobs.save)
        if self.job.cancel_requested:
            self._cancelled.set()
        if is_news:
            self._events.changed(self.job)
        return self.job
