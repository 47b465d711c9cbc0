"""Jobs as their user sees them: start, read, cancel, retry."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from core.domain.error_codes import ErrorCode
from core.domain.errors import Conflict, NotFound, Unavailable
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import WAITING, Job, JobFilter, JobKind, JobStatus, Progress
from core.domain.jobs.limits import JobLimits
from core.domain.json import JsonObject
from core.domain.paging import Page, PageRequest
from core.services.jobs.events import JobEvents
from core.services.jobs.idempotency import IdempotencyService
from core.services.saving import save_with_retry
from ports.jobs import JobRepository
from ports.queue import Priority, Work, WorkQueue
from ports.system import Clock, Ids

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to start. `total` is the number of units of its progress. Of jobs with the same `exclusive_key`
    only one runs at a time."""

    kind: JobKind
    params: JsonObject
    total: int
    exclusive_key: str | None = None


class JobService:
    def __init__(
        self,
        jobs: JobRepository,
        queue: WorkQueue,
        idempotency: IdempotencyService,
        events: JobEvents,
        limits: JobLimits,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._idempotency = idempotency
        self._events = events
        self._limits = limits
        self._clock = clock
        self._ids = ids

    def start_once(self, user_id: str, key: IdempotencyKey | None, prepare: Callable[[], NewJob]) -> Job:
        """Start the job that `prepare` describes, or return the one that was started with the key before.

        `prepare` checks the request; what it raises passes through. It is not called where the key stands
        for a job already: the first answer stands, even if the request would be refused by now. One write
        to the ledger commits the start; the workers are told if they can be. A request that is refused does
        not use up its key.
        Raises Invalid (`idempotency_key_reused`), Conflict (`too_many_queued_jobs`).
        """
        return self._idempotency.once(
            user_id,
            key,
            lambda job_id: self._find(user_id, job_id),
            lambda job_id: self._start(user_id, job_id, self._prepared(user_id, prepare)),
        )

    def _find(self, user_id: str, job_id: str) -> Job | None:
        job = self._jobs.get(job_id)
        return job if job is not None and job.user_id == user_id else None

    def _prepared(self, user_id: str, prepare: Callable[[], NewJob]) -> NewJob:
        new = prepare()
        self._check_room(user_id)
        return new

    def _check_room(self, user_id: str) -> None:
        """Requests that come at the same moment may exceed the limit, by their number."""
        most = self._limits.max_queued_per_user
        if self._jobs.queued_count(user_id) >= most:
            raise Conflict(
                f"At most {most} of your jobs can wait at a time. Let some end, or cancel them.",
                code=ErrorCode.TOO_MANY_QUEUED_JOBS,
            )

    def _start(self, user_id: str, job_id: str, new: NewJob) -> Job:
        now = self._clock.now()
        job = Job(
            id=job_id,
            user_id=user_id,
            kind=new.kind,
            params=new.params,
            created_at=now,
            run_after=now,
            max_attempts=self._limits.max_attempts,
            progress=Progress(0, new.total, WAITING),
            exclusive_key=new.exclusive_key,
        )
        self._jobs.add(job)
        self._tell(job)
        return job

    def _tell(self, job: Job) -> None:
        self._events.changed(job)
        try:
            self._queue.hint(Work.JOB, job.id, Priority.INTERACTIVE)
        except Unavailable:
            log.warning("job %s waits in the ledger: the queue is unavailable", job.id)

    def get(self, user_id: str, job_id: str) -> Job:
        """Raises NotFound."""
        job = self._find(user_id, job_id)
        if job is None:
            raise NotFound("job")
        return job

    def page(self, user_id: str, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        """Newest first."""
        return self._jobs.page(user_id, wanted, request)

    def cancel(self, user_id: str, job_id: str) -> Job:
        """A waiting job ends at once, a running one at its next step. Raises NotFound, Conflict."""

        def cancelled(job: Job) -> Job:
            return job.cancellation_requested(self._clock.now())

        job = save_with_retry(lambda: self.get(user_id, job_id), cancelled, self._jobs.save)
        if job.status.is_final:  # of a running job its worker tells, which must not be overtaken
            self._events.changed(job)
        return job

    def retry(
        self,
        user_id: str,
        job_id: str,
        key: IdempotencyKey | None = None,
        *,
        is_limited: bool = True,
    ) -> Job:
        """Queue a failed job again, if so many may wait.

        Raises NotFound, Conflict, Invalid (`idempotency_key_reused`).
        """

        def retried(job: Job) -> Job:
            waiting = job.retried(self._limits.max_attempts, self._clock.now())
            if is_limited:
                self._check_room(user_id)
            return waiting

        def retry(_: str) -> Job:
            job = save_with_retry(lambda: self.get(user_id, job_id), retried, self._jobs.save)
            self._tell(job)
            return job

        def already_retried(_: str) -> Job | None:
            """A job that still counts as failed was not retried: the process died after the claim."""
            job = self.get(user_id, job_id)
            return None if job.status is JobStatus.FAILED else job

        return self._idempotency.once(user_id, key, already_retried, retry)
