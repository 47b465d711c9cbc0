from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.domain.errors import Conflict
from core.domain.jobs.jobs import Job, JobFailure, JobKind, JobStatus, Progress
from core.domain.leases import LeaseLost
from core.domain.messages import Message

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LIFETIME = timedelta(seconds=30)
MORE_ATTEMPTS = 3

Holder = tuple[str, int]


class JobLife(RuleBasedStateMachine):
    """Some workers, a user and time, doing to one job what they like in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.job = Job("job", "ada", JobKind.GENERATE_QUESTIONS, {}, NOON, NOON, max_attempts=MORE_ATTEMPTS)
        self.holders: list[Holder] = []
        """Every worker's attempt that ever held the job, the latest last."""

    def held_by(self, holder: Holder) -> Job | None:
        try:
            return self.job.held(*holder)
        except LeaseLost:
            return None

    @rule(seconds=st.integers(0, 40))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(owner=st.sampled_from(["one", "two", "three"]))
    def a_worker_tries_to_take_it(self, owner: str) -> None:
        was_due = self.job.is_due(self.now)
        try:
            self.job = self.job.leased(owner, self.now, LIFETIME)
        except LeaseLost:
            assert not was_due
            return
        assert was_due
        assert self.job.lease is not None
        assert self.job.lease.number not in [number for _, number in self.holders]
        self.holders.append((owner, self.job.lease.number))

    @precondition(lambda self: self.holders)
    @rule(
        data=st.data(),
        act=st.sampled_from(["renew", "progress", "succeed", "fail", "fail for now", "give back", "stop"]),
    )
    def somebody_who_held_it_writes(self, data: st.DataObject, act: str) -> None:
        holder = data.draw(st.sampled_from(self.holders))
        held = self.held_by(holder)
        if held is None:
            return
        assert holder == self.holders[-1]
        self.job = self.written(held, act)

    def written(self, held: Job, act: str) -> Job:
        match act:
            case "renew":
                return held.renewed(self.now, LIFETIME)
            case "progress":
                return held.progressed(Progress(1, 5), {})
            case "succeed":
                return held.succeeded({}, self.now)
            case "fail":
                return held.failed(Message.verbatim("It broke.", "broken"), self.now)
            case "fail for now":
                failure = JobFailure(Message.verbatim("It broke.", "broken"), is_transient=True)
                return held.after_failure(failure, self.now, timedelta(seconds=5))
            case "give back":
                return held.given_back(self.now)
            case _:
                return held.cancelled(self.now)

    @rule()
    def the_user_cancels(self) -> None:
        had_ended = self.job.status.is_final
        try:
            self.job = self.job.cancellation_requested(self.now)
        except Conflict:
            assert had_ended
            return
        assert not had_ended
        assert self.job.status is JobStatus.CANCELLED or self.job.cancel_requested

    @rule()
    def the_user_retries(self) -> None:
        had_failed = self.job.status is JobStatus.FAILED
        try:
            self.job = self.job.retried(MORE_ATTEMPTS, self.now)
        except Conflict:
            assert not had_failed
            return
        assert had_failed
        assert self.job.max_attempts - self.job.attempts == MORE_ATTEMPTS
        assert self.job.is_due(self.now)

    @invariant()
    def it_has_a_lease_while_it_runs_and_only_then(self) -> None:
        assert (self.job.lease is not None) == (self.job.status is JobStatus.RUNNING)

    @invariant()
    def it_has_an_end_once_it_has_ended_and_only_then(self) -> None:
        assert (self.job.finished_at is not None) == self.job.status.is_final

    @invariant()
    def no_more_attempts_are_shown_than_there_may_be(self) -> None:
        assert 0 <= self.job.attempts <= self.job.max_attempts

    @invariant()
    def it_does_not_wait_again_once_it_is_to_be_cancelled(self) -> None:
        assert not (self.job.cancel_requested and self.job.status is JobStatus.QUEUED)

    @invariant()
    def an_error_is_told_of_a_failed_job(self) -> None:
        assert self.job.error is not None or self.job.status is not JobStatus.FAILED

    @invariant()
    def at_most_the_latest_holder_holds_it(self) -> None:
        assert [holder for holder in self.holders if self.held_by(holder)] in ([], self.holders[-1:])

    @invariant()
    def sooner_or_later_it_is_due_unless_it_has_ended(self) -> None:
        assert self.job.is_due(self.now + timedelta(days=1)) is not self.job.status.is_final


TestJobLife = JobLife.TestCase
TestJobLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
