"""A job: long work, written down before it is begun, so that no crash can lose it.

Every change is a method that returns the changed job; a store saves it only if nobody else has
saved the job in between. A worker holds a job by a lease and names the attempt it was given: what
a worker writes after its lease went to another is refused by `held`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.domain.error_codes import ErrorCode
from core.domain.errors import Conflict
from core.domain.json import JsonObject
from core.domain.leases import Lease, LeaseLost
from core.domain.messages import Message


class JobKind(StrEnum):
    GENERATE_QUESTIONS = "generate_questions"
    REGENERATE_QUESTION = "regenerate_question"
    EXPORT_SESSION = "export_session"
    GRADE_ATTEMPT = "grade_attempt"


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in (JobStatus.QUEUED, JobStatus.RUNNING)


WAITING = Message("waiting_for_worker")
"""The progress message of a job that no worker has."""

MAX_LOST_LEASES = 5
"""So many workers in a row may be lost with a job, without any progress between them, before the job is
taken for the cause. That is more than the usual number of attempts: most losses are no fault of the job."""


class JobCancelled(Exception):
    """The user has asked to cancel the job that is running: the present attempt must stop."""


class JobFailure(Exception):
    """The present attempt cannot succeed. After a transient cause another attempt is worth it.

    `error` tells the user why.
    """

    def __init__(self, error: Message, *, is_transient: bool) -> None:
        super().__init__(error.code)
        self.error = error
        self.is_transient = is_transient


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units, and what is going on."""

    done: int = 0
    total: int = 0
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """`run_after` delays a queued job (backoff). `attempts` counts how often the job was taken from the queue
    and not given back: at most `max_attempts`. A takeover from a lost worker goes on with the same attempt.
    `leases` counts how often a worker has taken the job, `lost_leases` the workers lost since the last
    progress, and `most_done` is the greatest progress so far: an attempt may begin again from 0.

    Of jobs with the same `exclusive_key` only one runs at a time. `settled_at` is when everything
    that follows from the job's end was done; `follow_up_failures` counts the tries that failed, and
    `follow_ups_after` is when the next one may be made.
    """

    id: str
    user_id: str
    kind: JobKind
    params: JsonObject
    created_at: datetime
    run_after: datetime
    max_attempts: int
    status: JobStatus = JobStatus.QUEUED
    progress: Progress = Progress()
    attempts: int = 0
    leases: int = 0
    lost_leases: int = 0
    most_done: int = 0
    result: JsonObject = field(default_factory=dict)
    error: Message | None = None
    lease: Lease | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    settled_at: datetime | None = None
    follow_up_failures: int = 0
    follow_ups_after: datetime | None = None
    cancel_requested: bool = False
    exclusive_key: str | None = None
    version: int = 1

    @property
    def due_at(self) -> datetime | None:
        """From when on a worker may take the job, if it stays as it is; None once it has ended."""
        if self.status is JobStatus.QUEUED:
            return self.run_after
        if self.status is JobStatus.RUNNING and self.lease is not None:
            return self.lease.ends_at
        return None

    @property
    def follow_ups_due_at(self) -> datetime | None:
        """From when on what follows from the job's end may be done; None if nothing is left to do."""
        if not self.status.is_final or self.settled_at is not None:
            return None
        return self.follow_ups_after or self.finished_at

    def is_due(self, now: datetime) -> bool:
        """Whether a worker may take it: it waits and its time has come, or its worker has gone silent."""
        return self.due_at is not None and self.due_at <= now

    def leased(self, owner: str, now: datetime, lifetime: timedelta) -> Job:
        """The job taken by a worker. Raises LeaseLost if it is not to be had."""
        if not self.is_due(now):
            raise LeaseLost
        number = self.leases + 1
        is_takeover = self.status is JobStatus.RUNNING
        return replace(
            self,
            status=JobStatus.RUNNING,
            attempts=self.attempts if is_takeover else self.attempts + 1,
            leases=number,
            lost_leases=self.lost_leases + 1 if is_takeover else self.lost_leases,
            lease=Lease(owner, number, now, now + lifetime),
            started_at=self.started_at or now,
            error=None,
        )

    def held(self, owner: str, number: int) -> Job:
        """The job itself, if the worker still holds it by that lease. Raises LeaseLost if not."""
        lease = self.lease
        if self.status is not JobStatus.RUNNING or lease is None:
            raise LeaseLost
        if (lease.owner, lease.number) != (owner, number):
            raise LeaseLost
        return self

    def renewed(self, now: datetime, lifetime: timedelta) -> Job:
        assert self.lease is not None
        return replace(self, lease=replace(self.lease, ends_at=now + lifetime))

    def progressed(self, progress: Progress, result: JsonObject) -> Job:
        """With what is done so far; `result` names what has been made so far."""
        is_further = progress.done > self.most_done
        return replace(
            self,
            progress=progress,
            result=result,
            most_done=max(progress.done, self.most_done),
            lost_leases=0 if is_further else self.lost_leases,
        )

    @property
    def has_lost_too_many_workers(self) -> bool:
        """Whether to fail the job instead of risking another worker."""
        return self.lost_leases >= MAX_LOST_LEASES

    def succeeded(self, result: JsonObject, now: datetime) -> Job:
        return self._ended(JobStatus.SUCCEEDED, now, result=result)

    def failed(self, error: Message, now: datetime) -> Job:
        return self._ended(
            JobStatus.FAILED, now, error=error, progress=replace(self.progress, message=Message("job_failed"))
        )

    def cancelled(self, now: datetime) -> Job:
        return self._ended(
            JobStatus.CANCELLED, now, progress=replace(self.progress, message=Message("job_cancelled"))
        )

    def _ended(self, status: JobStatus, now: datetime, **outcome: Any) -> Job:
        return replace(self, status=status, lease=None, finished_at=now, **outcome)

    def after_failure(self, failure: JobFailure, now: datetime, backoff: timedelta) -> Job:
        """What becomes of the job when an attempt fails: it waits for the next one, if that may help.

        A job that was to be cancelled does not wait for another attempt.
        """
        if not failure.is_transient:
            return self.failed(failure.error, now)
        if self.cancel_requested:
            return self.cancelled(now)
        if not self.has_attempts_left:
            return self.failed(failure.error, now)
        return self._released(now + backoff, failure.error, Message("waiting_to_retry"))

    def given_back(self, now: datetime, wait: timedelta = timedelta()) -> Job:
        """Released by a worker that cannot go on through no fault of the job: the attempt does not count.

        A job that was to be cancelled is cancelled.
        """
        if self.cancel_requested:
            return self.cancelled(now)
        attempts = self.attempts - 1
        started_at = self.started_at if attempts else None
        return replace(self._released(now + wait, None, WAITING), attempts=attempts, started_at=started_at)

    def _released(self, run_after: datetime, error: Message | None, message: Message) -> Job:
        return replace(
            self,
            status=JobStatus.QUEUED,
            lease=None,
            run_after=run_after,
            error=error,
            progress=replace(self.progress, message=message),
        )

    def must_wait_for(self, other: Job) -> bool:
        """Whether the other running job has to end before this one may begin."""
        if self.exclusive_key is None or self.exclusive_key != other.exclusive_key:
            return False
        if self.lease is None or other.lease is None or self.id == other.id:
            return False
        return (other.lease.began_at, other.id) < (self.lease.began_at, self.id)

    @property
    def has_attempts_left(self) -> bool:
        return self.attempts < self.max_attempts

    def cancellation_requested(self, now: datetime) -> Job:
        """A waiting job is cancelled at once, a running one at its next step. Raises Conflict after that."""
        if self.status.is_final:
            raise Conflict("The job has ended already.", code=ErrorCode.JOB_FINISHED)
        if self.status is JobStatus.QUEUED:
            return self.cancelled(now)
        return replace(self, cancel_requested=True)

    def retried(self, more_attempts: int, now: datetime) -> Job:
        """A failed job, waiting again with that many attempts ahead. Raises Conflict if it has not failed.

        `attempts` goes on counting, so that what follows from one end is not taken for what followed
        from another.
        """
        if self.status is not JobStatus.FAILED:
            raise Conflict("Only a failed job can be retried.", code=ErrorCode.JOB_NOT_FAILED)
        return replace(
            self,
            status=JobStatus.QUEUED,
            max_attempts=self.attempts + more_attempts,
            run_after=now,
            error=None,
            finished_at=None,
            settled_at=None,
            follow_up_failures=0,
            follow_ups_after=None,
            cancel_requested=False,
            lost_leases=0,
            progress=replace(self.progress, message=WAITING),
        )

    def settled(self, now: datetime) -> Job:
        return replace(self, settled_at=now)

    def follow_ups_failed(self, next_try_at: datetime) -> Job:
        """What follows could not all be done: others get their turn before the next try."""
        return replace(self, follow_up_failures=self.follow_up_failures + 1, follow_ups_after=next_try_at)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; an empty tuple means any."""

    statuses: tuple[JobStatus, ...] = ()
    kinds: tuple[JobKind, ...] = ()
