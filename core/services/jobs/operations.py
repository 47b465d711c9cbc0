"""The ledger for operators: waiting, running and stuck jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain.errors import NotFound, Unavailable
from core.domain.jobs.jobs import Job, JobFilter, JobStatus
from core.domain.paging import MAX_LIMIT, Page, PageRequest
from core.services.jobs.jobs import JobService
from ports.jobs import JobRepository
from ports.queue import Work, WorkQueue
from ports.system import Clock


@dataclass(frozen=True, slots=True)
class JobOverview:
    """`hints` is the depth of the queue of jobs, None while it is unavailable. Stuck jobs are running ones
    whose lease has ended: the next sweep hands them to another worker."""

    counts: Mapping[JobStatus, int]
    hints: int | None
    oldest_waiting: Job | None
    running: Sequence[Job]
    stuck: Sequence[Job]


class JobAdminService:
    def __init__(self, jobs: JobRepository, desk: JobService, queue: WorkQueue, clock: Clock) -> None:
        self._jobs = jobs
        self._desk = desk
        self._queue = queue
        self._clock = clock

    def overview(self) -> JobOverview:
        now = self._clock.now()
        running = self._jobs.page_of_all(JobFilter((JobStatus.RUNNING,)), PageRequest(MAX_LIMIT)).items
        waiting = [job for job in self._jobs.due(now, MAX_LIMIT) if job.status is JobStatus.QUEUED]
        try:
            hints = self._queue.waiting(Work.JOB)
        except Unavailable:
            hints = None
        return JobOverview(
            counts=self._jobs.status_counts(),
            hints=hints,
            oldest_waiting=waiting[0] if waiting else None,
            running=running,
            stuck=[job for job in running if job.is_due(now)],
        )

    def page(self, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        """The jobs of all users, newest first."""
        return self._jobs.page_of_all(wanted, request)

    def get(self, job_id: str) -> Job:
        """Raises NotFound."""
        job = self._jobs.get(job_id)
        if job is None:
            raise NotFound("job")
        return job

    def retry(self, job_id: str) -> Job:
        """However many jobs of the user wait. Raises NotFound, Conflict (`job_not_failed`)."""
        return self._desk.retry(self.get(job_id).user_id, job_id, is_limited=False)
