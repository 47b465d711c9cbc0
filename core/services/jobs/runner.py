"""The worker's side of a job: take it, work on it, commit what came of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from core.domain.errors import NotFound, Unavailable, VersionConflict
from core.domain.jobs.jobs import Job, JobCancelled, JobError, JobFailure, JobKind, JobStatus
from core.domain.leases import LeaseLost
from core.domain.retries import RetryPolicy
from core.services.jobs.attempts import JobAttempt, JobHandler, WorkerStopping
from core.services.jobs.events import JobEvents
from core.services.jobs.follow_ups import JobFollowUps
from ports.jobs import JobRepository
from ports.system import Clock, Heartbeat, Randomness

log = logging.getLogger(__name__)

_CANDIDATES = 50
_WAIT = timedelta(seconds=1)
_INTERNAL = JobError("internal_error", "Something went wrong on our side. You can retry the job.")
_WORKER_LOST = JobError("worker_lost", "The work was interrupted too often. You can retry the job.")


class JobRunner:
    """Runs jobs for one worker process, whose name is `owner`.

    Whatever the hint, the job that is begun is the longest waiting one of a user with the fewest
    running jobs: nobody's many jobs stand in the way of somebody's one.
    """

    def __init__(
        self,
        jobs: JobRepository,
        handlers: Sequence[JobHandler],
        policies: Mapping[JobKind, RetryPolicy],
        consequences: JobFollowUps,
        events: JobEvents,
        clock: Clock,
        chance: Randomness,
        heartbeat: Heartbeat,
        owner: str,
        lease_lifetime: timedelta,
        max_running_per_user: int,
    ) -> None:
        self._jobs = jobs
        self._handlers = {handler.kind: handler for handler in handlers}
        self._policies = policies
        self._consequences = consequences
        self._events = events
        self._clock = clock
        self._chance = chance
        self._heartbeat = heartbeat
        self._owner = owner
        self._lease_lifetime = lease_lifetime
        self._max_running_per_user = max_running_per_user
        self._stopping = threading.Event()
        self._grace_over = threading.Event()

    def stop_taking(self) -> None:
        """Begin no further job; what runs goes on."""
        self._stopping.set()

    def give_back(self) -> None:
        """Let running jobs return to the queue at their next step."""
        self._stopping.set()
        self._grace_over.set()

    def run_due(self) -> int:
        """Run jobs, one after the other, until none is to be had; how many."""
        done = 0
        while not self._stopping.is_set():
            job = self._take_next()
            if job is None:
                break
            self._run(job)
            done += 1
        return done

    def _take_next(self) -> Job | None:
        for job in self._candidates():
            taken = None if self._is_excluded(job) else self._take(job)
            if taken is not None:
                return taken
        return None

    def _candidates(self) -> Iterator[Job]:
        running = self._running_counts()
        for level in range(self._max_running_per_user):
            busier = [user for user, count in running.items() if count > level]
            yield from self._jobs.due(self._clock.now(), _CANDIDATES, busier)
            if not busier:
                return

    def _running_counts(self) -> dict[str, int]:
        """By user. What a dead worker has left is not counted against the limit: it is to be taken over."""
        counts = self._jobs.running_counts()
        now = self._clock.now()
        for user_id in [user_id for user_id, count in counts.items() if count >= self._max_running_per_user]:
            counts[user_id] = sum(not job.is_due(now) for job in self._jobs.running_of(user_id))
        return counts

    def _is_excluded(self, job: Job) -> bool:
        """Whether another job runs that this one may not run beside: then it is not even touched."""
        if job.exclusive_key is None or job.status is not JobStatus.QUEUED:
            return False
        running = self._jobs.running_of(job.user_id)
        return any(other.exclusive_key == job.exclusive_key for other in running)

    def _take(self, job: Job) -> Job | None:
        """The job with our lease on it, or None if another worker, or the user's limit, was faster."""
        try:
            taken = self._jobs.save(job.leased(self._owner, self._clock.now(), self._lease_lifetime))
            if self._must_wait(taken):
                later = self._clock.now() + _WAIT
                self._work(taken).end(lambda held: held.given_back(later))
                return None
        except (LeaseLost, VersionConflict):
            return None
        self._events.changed(taken)
        return taken

    def _must_wait(self, taken: Job) -> bool:
        """Seen only now that the lease is written, so that of two workers at least one sees the other."""
        running = self._jobs.running_of(taken.user_id)
        now = self._clock.now()
        over_limit = [job.id for job in running if not job.is_due(now)][self._max_running_per_user :]
        return taken.id in over_limit or any(taken.must_wait_for(other) for other in running)

    def _work(self, job: Job) -> JobAttempt:
        return JobAttempt(
            job, self._jobs, self._events, self._clock, self._lease_lifetime, self._grace_over.is_set
        )

    def _run(self, job: Job) -> None:
        work = self._work(job)
        log.info("job %s begins", job.id, extra={"job_id": job.id, "kind": job.kind, "attempt": job.attempts})
        try:
            with self._heartbeat.every(self._lease_lifetime.total_seconds() / 3, work.renew):
                outcome = self._attempt(work)
            ended = work.end(outcome)
        except LeaseLost:
            log.warning("job %s was taken over by another worker", job.id, extra={"job_id": job.id})
            return
        code = ended.error.code if ended.error else None
        log.info(
            "job %s is %s%s",
            job.id,
            ended.status,
            f": {code}" if code else "",
            extra={"job_id": job.id, "status": ended.status, "error_code": code},
        )
        if ended.status.is_final:
            self._consequences.settle(ended)

    def _attempt(self, work: JobAttempt) -> Callable[[Job], Job]:
        """Do the work; what is to become of the job, as a change to be committed."""
        now = self._clock.now
        if work.job.attempts > work.job.max_attempts:
            return lambda held: held.failed(_WORKER_LOST, now())
        try:
            work.check()
            result = self._handlers[work.job.kind].run(work)
        except JobCancelled:
            return lambda held: held.cancelled(now())
        except WorkerStopping:
            return lambda held: held.given_back(now())
        except JobFailure as failure:
            return self._after_failure(failure.error, is_transient=failure.is_transient)
        except Unavailable as error:
            return self._after_failure(JobError(error.code, error.detail), is_transient=True)
        except NotFound as error:
            return self._after_failure(JobError(error.code, error.detail), is_transient=False)
        except LeaseLost:
            raise
        except Exception:  # the handler's fault, which must not cost the worker its life
            log.exception("job %s broke", work.job.id, extra={"job_id": work.job.id})
            return self._after_failure(_INTERNAL, is_transient=True)
        return lambda held: held.succeeded(result, now())

    def _after_failure(self, error: JobError, *, is_transient: bool) -> Callable[[Job], Job]:
        def outcome(held: Job) -> Job:
            now = self._clock.now()
            if not is_transient or not held.has_attempts_left:
                return held.failed(error, now)
            delay = self._policies[held.kind].delay(held.attempts, self._chance.fraction())
            return held.released(now + delay, error)

        return outcome
