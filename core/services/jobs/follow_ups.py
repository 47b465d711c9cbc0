"""What follows from the end of a job: made at least once, and exactly once by its key."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from core.domain.errors import Unavailable, VersionConflict
from core.domain.jobs.jobs import Job
from ports.jobs import JobRepository
from ports.system import Clock

log = logging.getLogger(__name__)


class JobEndedHandler(Protocol):
    def follow(self, job: Job) -> None:
        """Make what follows from the job's end, under an id derived from the job's id.

        May be called again for the same end, and must then change nothing. Raises Unavailable if
        it has to be called again.
        """


class JobFollowUps:
    def __init__(self, jobs: JobRepository, consequences: Sequence[JobEndedHandler], clock: Clock) -> None:
        self._jobs = jobs
        self._consequences = tuple(consequences)
        self._clock = clock

    def settle(self, job: Job) -> bool:
        """Make all that follows from the job's end; False if the sweeper has to try again."""
        try:
            for consequence in self._consequences:
                consequence.follow(job)
            self._jobs.save(job.settled(self._clock.now()))
        except VersionConflict:
            return False
        except Unavailable as error:
            log.warning("what follows from job %s has to wait: %s", job.id, error.detail)
            return False
        except Exception:  # one job's trouble must not keep the others unsettled
            log.exception("what follows from job %s failed", job.id, extra={"job_id": job.id})
            return False
        return True

    def sweep(self, limit: int = 100) -> int:
        """Settle ended jobs that are not settled yet; how many could be."""
        return sum(self.settle(job) for job in self._jobs.unsettled(limit))
