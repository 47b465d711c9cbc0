"""Follow-ups of the end of a job: done at least once, and visible exactly once because of their keys."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from core.domain.errors import Unavailable, VersionConflict
from core.domain.jobs.jobs import Job
from core.domain.retries import RetryPolicy
from core.services.jobs.types import JobTypes
from core.services.live.notifications import NotificationService
from core.services.mail.outbox import OutboxService
from ports.identity import UserRepository
from ports.jobs import JobRepository
from ports.system import Clock

log = logging.getLogger(__name__)

_BACKOFF = RetryPolicy(base_delay=timedelta(seconds=5), max_delay=timedelta(hours=1))


class JobEndedHandler(Protocol):
    def handle(self, job: Job) -> None:
        """Do what follows from the end of the job, under an id derived from the job's id.

        May be called again for the same end, and must then change nothing. Raises Unavailable if it has to
        be called again.
        """


class NotifyUser:
    """The notification that the job's type provides."""

    def __init__(self, types: JobTypes, notifications: NotificationService) -> None:
        self._types = types
        self._notifications = notifications

    def handle(self, job: Job) -> None:
        job_type = self._types.get(job.kind)
        notice = job_type.notice(job) if job_type else None
        if notice is not None:
            self._notifications.notify(job.user_id, _cause(job), notice)


class EmailUser:
    """The email that the job's type provides."""

    def __init__(self, types: JobTypes, users: UserRepository, outbox: OutboxService) -> None:
        self._types = types
        self._users = users
        self._outbox = outbox

    def handle(self, job: Job) -> None:
        job_type = self._types.get(job.kind)
        message = job_type.email(job) if job_type else None
        user = self._users.get(job.user_id) if message else None
        if message is not None and user is not None and job.finished_at is not None:
            self._outbox.post(message, user.recipient, cause=_cause(job), caused_at=job.finished_at)


def _cause(job: Job) -> str:
    """One end of the job: a retried job ends again, with more attempts."""
    return f"job {job.id} attempt {job.attempts}"


class JobFollowUps:
    def __init__(self, jobs: JobRepository, handlers: Sequence[JobEndedHandler], clock: Clock) -> None:
        self._jobs = jobs
        self._handlers = tuple(handlers)
        self._clock = clock

    def complete(self, job: Job) -> bool:
        """Do all that follows from the job's end; False if the sweeper has to try again."""
        try:
            for handler in self._handlers:
                handler.handle(job)
            self._jobs.save(job.settled(self._clock.now()))
        except VersionConflict:  # another process settled it, or its user retried it
            self._postpone(job)
            return False
        except Unavailable as error:
            log.warning("the follow-ups of job %s have to wait: %s", job.id, error.detail)
            self._postpone(job)
            return False
        except Exception:  # one job's trouble must not keep the others waiting
            log.exception("the follow-ups of job %s failed", job.id, extra={"job_id": job.id})
            self._postpone(job)
            return False
        return True

    def _postpone(self, job: Job) -> None:
        """A job whose follow-ups always fail is tried ever more seldom."""
        wait = _BACKOFF.delay(job.follow_up_failures + 1, jitter=1)
        # Where that cannot be stored, the next sweep tries again, with the job as it is by then.
        with suppress(Unavailable, VersionConflict):
            self._jobs.save(job.follow_ups_failed(self._clock.now() + wait))

    def sweep(self, limit: int = 50) -> int:
        """Complete the follow-ups of ended jobs that have some left; how many jobs could be completed."""
        return sum(self.complete(job) for job in self._jobs.unsettled(self._clock.now(), limit))
