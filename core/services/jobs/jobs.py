"""Jobs as their user sees them: start, read, cancel, retry."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from core.domain.errors import AlreadyExists, NotFound, Unavailable
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import WAITING, Job, JobFilter, JobKind, Progress
from core.domain.json import JsonObject
from core.domain.paging import Page, PageRequest
from core.domain.retries import RetryPolicy
from core.services.jobs.events import JobEvents
from core.services.jobs.idempotency import IdempotencyService
from core.services.saving import save_with_retry
from ports.jobs import JobRepository
from ports.queue import Priority, Work, WorkQueue
from ports.system import Clock, Ids

log = logging.getLogger(__name__)


class JobService:
    def __init__(
        self,
        jobs: JobRepository,
        queue: WorkQueue,
        idempotency: IdempotencyService,
        events: JobEvents,
        policies: Mapping[JobKind, RetryPolicy],
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._idempotency = idempotency
        self._events = events
        self._policies = policies
        self._clock = clock
        self._ids = ids

    def earlier(self, user_id: str, key: IdempotencyKey | None) -> Job | None:
        """The job that a request with this key has started before, if any.

        To be asked before anything else about the request is checked: the first answer stands, also
        if the same request would be refused by now. Raises Invalid (`idempotency_key_reused`).
        """
        job_id = self._idempotency.known_job_id(user_id, key) if key is not None else None
        job = self._jobs.get(job_id) if job_id is not None else None
        return job if job is not None and job.user_id == user_id else None

    def start(
        self,
        user_id: str,
        kind: JobKind,
        params: JsonObject,
        *,
        total: int,
        key: IdempotencyKey | None,
        exclusive_key: str | None = None,
    ) -> Job:
        """Write the job into the ledger, which commits it, and tell the workers if they can be told.

        `total` is the number of units of its progress. With a key that is known already, the job
        that it stands for. Raises Invalid (`idempotency_key_reused`).
        """
        now = self._clock.now()
        job = Job(
            id=self._ids.new() if key is None else self._idempotency.job_id(user_id, key),
            user_id=user_id,
            kind=kind,
            params=params,
            created_at=now,
            run_after=now,
            max_attempts=self._policies[kind].max_attempts,
            progress=Progress(0, total, WAITING),
            exclusive_key=exclusive_key,
        )
        try:
            self._jobs.add(job)
        except AlreadyExists:
            return self.get(user_id, job.id)
        self._tell(job)
        return job

    def _tell(self, job: Job) -> None:
        self._events.changed(job)
        try:
            self._queue.hint(Work.JOB, job.id, Priority.INTERACTIVE)
        except Unavailable:
            log.warning("job %s waits in the ledger: the queue is away", job.id)

    def get(self, user_id: str, job_id: str) -> Job:
        """Raises NotFound."""
        job = self._jobs.get(job_id)
        if job is None or job.user_id != user_id:
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

    def retry(self, user_id: str, job_id: str) -> Job:
        """Let a failed job wait for a worker again. Raises NotFound, Conflict."""

        def retried(job: Job) -> Job:
            return job.retried(self._policies[job.kind].max_attempts, self._clock.now())

        job = save_with_retry(lambda: self.get(user_id, job_id), retried, self._jobs.save)
        self._tell(job)
        return job
