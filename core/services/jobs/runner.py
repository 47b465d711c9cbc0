"""The worker's side of a job: take it, work on it, commit what came of it."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from core.domain.errors import NotFound, Unavailable, VersionConflict
from core.domain.jobs.jobs import Job, JobCancelled, JobFailure
from core.domain.leases import LeaseLost
from core.domain.messages import Message
from core.services.jobs.attempts import JobAttempt, WorkerStopping
from core.services.jobs.events import JobEvents
from core.services.jobs.follow_ups import JobFollowUps
from core.services.jobs.types import JobType, JobTypes
from ports.jobs import JobRepository
from ports.system import Heartbeat, System

log = logging.getLogger(__name__)

_CANDIDATES = 20
_TRIES = 20
_WAIT = timedelta(seconds=1)
_INTERNAL = Message("internal_error")
_WORKER_LOST = Message("worker_lost")
_UNKNOWN_KIND = Message("job_kind_unknown")


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """`owner` names the worker process; `lease_lifetime` is how long a job stays with a silent worker."""

    owner: str
    lease_lifetime: timedelta
    max_running_per_user: int


class JobRunner:
    """Runs jobs for one worker process.

    Whatever the hint, the job that is taken is the longest waiting one of a user with the fewest running
    jobs: one user's backlog does not delay another user's job.
    """

    def __init__(
        self,
        jobs: JobRepository,
        types: JobTypes,
        follow_ups: JobFollowUps,
        events: JobEvents,
        system: System,
        heartbeat: Heartbeat,
        limits: WorkerLimits,
    ) -> None:
        self._jobs = jobs
        self._types = types
        self._follow_ups = follow_ups
        self._events = events
        self._clock = system.clock
        self._randomness = system.randomness
        self._heartbeat = heartbeat
        self._owner = limits.owner
        self._lease_lifetime = limits.lease_lifetime
        self._max_running_per_user = limits.max_running_per_user
        self._taking = threading.Lock()
        self._attempts: set[JobAttempt] = set()
        self._stopping = threading.Event()
        self._grace_over = threading.Event()

    def stop_taking(self) -> None:
        """Begin no further job; what runs goes on."""
        self._stopping.set()

    def give_back(self) -> None:
        """Let running jobs return to the queue at their next step."""
        self._stopping.set()
        self._grace_over.set()

    def give_back_now(self) -> None:
        """Return running jobs to the queue over the heads of their handlers.

        What those still write is refused, as if another worker had the job by now.
        """
        for attempt in tuple(self._attempts):
            with suppress(LeaseLost, Unavailable):
                attempt.end(lambda held: held.given_back(self._clock.now()))

    def run_due(self, limit: int | None = None) -> int:
        """Run jobs, one after the other, until none is to be had or `limit` have run; how many."""
        done = 0
        while not self._stopping.is_set() and done != limit:
            job = self._take_next()
            if job is None:
                break
            self._run(job)
            done += 1
        return done

    def _take_next(self) -> Job | None:
        """One thread at a time, so that the threads of a process do not all try for the same job.

        Of several processes the one that comes too late looks again, and then takes any of the jobs that
        are equally to be had: whoever goes on in order meets the others at each further job.
        """
        with self._taking:
            for number in range(_TRIES):
                candidates = () if self._stopping.is_set() else self._candidates()
                if not candidates:
                    return None
                position = int(self._randomness.fraction() * len(candidates)) if number else 0
                taken = self._take(candidates[position])
                if taken is not None:
                    return taken
        return None

    def _candidates(self) -> Sequence[Job]:
        """The jobs to be had of the users with the fewest running ones, longest waiting first."""
        running = self._jobs.running()
        now = self._clock.now()
        # What a dead worker has left counts against nobody: it is to be taken over.
        counts = Counter(job.user_id for job in running if not job.is_due(now))
        busy_keys = {job.exclusive_key for job in running if job.exclusive_key is not None}
        for level in range(self._max_running_per_user):
            busier = [user_id for user_id, count in counts.items() if count > level]
            candidates = self._jobs.due(now, _CANDIDATES, busier, busy_keys)
            if candidates or not busier:
                return candidates
        return ()

    def _take(self, job: Job) -> Job | None:
        """The job with our lease on it, or None if another worker, or the user's limit, was faster."""
        try:
            taken = self._jobs.save(job.leased(self._owner, self._clock.now(), self._lease_lifetime))
            if self._must_wait(taken):
                self._attempt_of(taken).end(lambda held: held.given_back(self._clock.now(), _WAIT))
                return None
        except (LeaseLost, VersionConflict):
            return None
        return taken

    def _must_wait(self, taken: Job) -> bool:
        """Seen only now that the lease is written, so that of two workers at least one sees the other."""
        running = self._jobs.running_of(taken.user_id)
        now = self._clock.now()
        over_limit = [job.id for job in running if not job.is_due(now)][self._max_running_per_user :]
        return taken.id in over_limit or any(taken.must_wait_for(other) for other in running)

    def _attempt_of(self, job: Job) -> JobAttempt:
        return JobAttempt(
            job, self._jobs, self._events, self._clock, self._lease_lifetime, self._grace_over.is_set
        )

    def _run(self, job: Job) -> None:
        self._events.changed(job)
        attempt = self._attempt_of(job)
        log.info("job %s begins", job.id, extra={"job_id": job.id, "kind": job.kind, "attempt": job.attempts})
        self._attempts.add(attempt)
        try:
            with self._heartbeat.every(self._lease_lifetime.total_seconds() / 3, attempt.renew):
                outcome = self._outcome(attempt)
            ended = attempt.end(outcome)
        except LeaseLost:
            log.warning("job %s was taken over by another worker", job.id, extra={"job_id": job.id})
            return
        finally:
            self._attempts.discard(attempt)
        code = ended.error.code if ended.error else None
        log.info(
            "job %s is %s%s",
            job.id,
            ended.status,
            f": {code}" if code else "",
            extra={"job_id": job.id, "status": ended.status, "error_code": code},
        )
        if ended.status.is_final:
            self._follow_ups.complete(ended)

    def _outcome(self, attempt: JobAttempt) -> Callable[[Job], Job]:
        """Do the work; what is to become of the job, as a change to be committed."""
        now = self._clock.now
        if attempt.job.has_lost_too_many_workers:
            return lambda held: held.failed(_WORKER_LOST, now())
        job_type = self._types.get(attempt.job.kind)
        if job_type is None:
            log.error("job %s is of a kind that is unknown here: %s", attempt.job.id, attempt.job.kind)
            return lambda held: held.failed(_UNKNOWN_KIND, now())
        try:
            attempt.check()
            result = job_type.run(attempt)
        except JobCancelled:
            return lambda held: held.cancelled(now())
        except WorkerStopping:
            return lambda held: held.given_back(now())
        except JobFailure as failure:
            return self._after_failure(job_type, failure)
        except Unavailable as error:
            return self._after_failure(job_type, JobFailure(Message(error.code), is_transient=True))
        except NotFound as error:
            return self._after_failure(job_type, JobFailure(Message(error.code), is_transient=False))
        except LeaseLost:
            raise
        except Exception:  # the handler's fault, which must not cost the worker its life
            log.exception("job %s broke", attempt.job.id, extra={"job_id": attempt.job.id})
            return self._after_failure(job_type, JobFailure(_INTERNAL, is_transient=True))
        return lambda held: held.succeeded(result, now())

    def _after_failure(self, job_type: JobType, failure: JobFailure) -> Callable[[Job], Job]:
        def outcome(held: Job) -> Job:
            backoff = job_type.retry_policy.delay(held.attempts, self._randomness.fraction())
            return held.after_failure(failure, self._clock.now(), backoff)

        return outcome
