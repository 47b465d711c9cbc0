from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import Conflict
from core.domain.jobs.idempotency import IDEMPOTENCY_LIFETIME, KeyedRequest
from core.domain.jobs.jobs import MAX_LOST_LEASES, Job, JobFailure, JobKind, JobStatus, Progress
from core.domain.leases import LeaseLost
from core.domain.messages import Message
from core.domain.retries import RetryPolicy

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
A_MINUTE = timedelta(minutes=1)
BROKEN = Message.verbatim("It broke.", "broken")
PASSING = JobFailure(BROKEN, is_transient=True)
LASTING = JobFailure(BROKEN, is_transient=False)


def a_job(**changes: Any) -> Job:
    job = Job("job", "ada", JobKind.GENERATE_QUESTIONS, {"count": 5}, NOON, NOON, max_attempts=3)
    return replace(job, **changes)


def a_running_job(**changes: Any) -> Job:
    return a_job(**changes).leased("worker", NOON, A_MINUTE)


def ended_jobs() -> list[Job]:
    running = a_running_job()
    return [running.succeeded({}, NOON), running.failed(BROKEN, NOON), running.cancelled(NOON)]


def test_it_works() -> None:
    running = a_job().leased("worker", NOON, A_MINUTE)
    halfway = running.held("worker", 1).progressed(
        Progress(2, 5, Message("writing_questions")), {"question_ids": ["1", "2"]}
    )
    done = halfway.held("worker", 1).succeeded({"question_ids": ["1", "2", "3"]}, NOON + A_SECOND)

    assert (running.status, running.attempts, running.started_at) == (JobStatus.RUNNING, 1, NOON)
    assert (halfway.progress.done, halfway.result) == (2, {"question_ids": ["1", "2"]})
    assert (done.status, done.lease, done.finished_at) == (JobStatus.SUCCEEDED, None, NOON + A_SECOND)
    assert done.result == {"question_ids": ["1", "2", "3"]}


def test_a_waiting_job_is_due_when_its_time_has_come() -> None:
    job = a_job(run_after=NOON + A_SECOND)

    assert not job.is_due(NOON)
    assert job.is_due(NOON + A_SECOND)
    with pytest.raises(LeaseLost):
        job.leased("worker", NOON, A_MINUTE)


def test_a_running_job_is_due_when_its_worker_has_gone_silent() -> None:
    job = a_running_job()

    assert not job.is_due(NOON + A_MINUTE - A_SECOND)
    assert job.is_due(NOON + A_MINUTE)
    with pytest.raises(LeaseLost):
        job.leased("other", NOON + A_SECOND, A_MINUTE)


@pytest.mark.parametrize("job", ended_jobs())
def test_a_job_that_has_ended_is_never_due(job: Job) -> None:
    assert job.due_at is None
    assert not job.is_due(NOON + timedelta(days=365))
    assert job.status.is_final
    with pytest.raises(LeaseLost):
        job.leased("worker", NOON, A_MINUTE)


def test_due_is_the_end_of_the_delay_or_of_the_lease() -> None:
    assert a_job(run_after=NOON + A_SECOND).due_at == NOON + A_SECOND
    assert a_running_job().due_at == NOON + A_MINUTE
    assert replace(a_running_job(), lease=None).due_at is None


@pytest.mark.parametrize("job", ended_jobs())
def test_a_job_is_unsettled_from_its_end_until_settled(job: Job) -> None:
    assert job.follow_ups_due_at == NOON
    assert job.settled(NOON + A_MINUTE).follow_ups_due_at is None
    assert a_job().follow_ups_due_at is None
    assert a_running_job().follow_ups_due_at is None


def test_a_retried_job_begins_its_follow_ups_anew() -> None:
    failing = a_running_job().failed(BROKEN, NOON).follow_ups_failed(NOON + A_MINUTE)
    assert (failing.follow_ups_due_at, failing.follow_up_failures) == (NOON + A_MINUTE, 1)

    ended_again = failing.retried(3, NOON).cancelled(NOON + A_SECOND)

    assert (ended_again.follow_ups_due_at, ended_again.follow_up_failures) == (NOON + A_SECOND, 0)


def test_a_takeover_goes_on_with_the_attempt_and_keeps_when_it_began() -> None:
    taken_over = a_running_job().leased("other", NOON + A_MINUTE, A_MINUTE)

    assert (taken_over.attempts, taken_over.started_at) == (1, NOON)
    assert (taken_over.leases, taken_over.lost_leases) == (2, 1)
    assert taken_over.held("other", 2) is taken_over


def test_what_a_late_worker_writes_is_refused() -> None:
    taken_over = a_running_job().leased("other", NOON + A_MINUTE, A_MINUTE)

    with pytest.raises(LeaseLost):
        taken_over.held("worker", 1)


def test_an_earlier_attempt_of_the_same_worker_is_late_too() -> None:
    taken_again = a_running_job().leased("worker", NOON + A_MINUTE, A_MINUTE)

    with pytest.raises(LeaseLost):
        taken_again.held("worker", 1)
    assert taken_again.held("worker", 2) is taken_again


@pytest.mark.parametrize("job", [a_job(), *ended_jobs()])
def test_only_a_running_job_is_held(job: Job) -> None:
    with pytest.raises(LeaseLost):
        job.held("worker", job.attempts)


def test_a_renewed_lease_ends_later_and_is_the_same_attempt() -> None:
    renewed = a_running_job().renewed(NOON + A_SECOND, A_MINUTE)

    assert renewed.lease is not None
    assert renewed.lease.ends_at == NOON + A_SECOND + A_MINUTE
    assert renewed.held("worker", 1) is renewed
    assert renewed.lease.began_at == NOON


def taken_over(job: Job) -> Job:
    assert job.lease is not None
    return job.leased("other", job.lease.ends_at, A_MINUTE)


def test_losing_workers_uses_up_no_attempts() -> None:
    job = a_running_job()
    for _ in range(MAX_LOST_LEASES - 1):
        job = taken_over(job)

    assert (job.attempts, job.has_attempts_left, job.has_lost_too_many_workers) == (1, True, False)


def test_a_job_that_keeps_losing_workers_is_taken_for_the_cause() -> None:
    job = a_running_job()
    for _ in range(MAX_LOST_LEASES):
        job = taken_over(job)

    assert job.has_lost_too_many_workers


def test_progress_between_lost_workers_lets_a_job_go_on() -> None:
    job = a_running_job()
    for done in range(50):
        job = taken_over(job.progressed(Progress(done + 1, 100), {}))

    assert not job.has_lost_too_many_workers


def test_progress_that_was_made_before_does_not_count_again() -> None:
    """As of an export, which begins again from 0 and meets the same question that no worker survives."""
    job = a_running_job()
    for _ in range(MAX_LOST_LEASES + 1):
        job = taken_over(job.progressed(Progress(0, 10), {}).progressed(Progress(5, 10), {}))

    assert job.has_lost_too_many_workers


def test_a_failure_that_may_pass_lets_the_job_wait_and_tells_why() -> None:
    waiting = a_running_job().after_failure(PASSING, NOON, A_MINUTE)

    assert (waiting.status, waiting.lease, waiting.error) == (JobStatus.QUEUED, None, BROKEN)
    assert not waiting.is_due(NOON)
    assert waiting.leased("worker", NOON + A_MINUTE, A_MINUTE).error is None


@pytest.mark.parametrize(
    ("job", "failure"), [(a_running_job(max_attempts=1), PASSING), (a_running_job(), LASTING)]
)
def test_a_failure_ends_a_job_that_no_attempt_can_help(job: Job, failure: JobFailure) -> None:
    failed = job.after_failure(failure, NOON, A_MINUTE)

    assert (failed.status, failed.error, failed.finished_at) == (JobStatus.FAILED, BROKEN, NOON)


def test_a_job_to_be_cancelled_does_not_wait_for_another_attempt() -> None:
    asked = a_running_job().cancellation_requested(NOON)

    assert asked.after_failure(PASSING, NOON, A_MINUTE).status is JobStatus.CANCELLED
    assert asked.given_back(NOON).status is JobStatus.CANCELLED


def test_a_job_that_is_given_back_has_as_many_attempts_ahead_as_before() -> None:
    job = a_job()
    given_back = job.leased("worker", NOON, A_MINUTE).given_back(NOON)

    assert given_back.status is JobStatus.QUEUED
    assert given_back.max_attempts - given_back.attempts == job.max_attempts - job.attempts


def test_attempts_run_out() -> None:
    job = a_job(max_attempts=2)
    for is_left in (True, False):
        job = job.leased("worker", NOON, A_MINUTE)
        assert job.has_attempts_left is is_left
        job = job.after_failure(PASSING, NOON, timedelta())


def test_a_waiting_job_is_cancelled_at_once() -> None:
    cancelled = a_job().cancellation_requested(NOON + A_SECOND)

    assert (cancelled.status, cancelled.finished_at) == (JobStatus.CANCELLED, NOON + A_SECOND)


def test_a_running_job_is_asked_to_stop() -> None:
    asked = a_running_job().cancellation_requested(NOON)

    assert (asked.status, asked.cancel_requested) == (JobStatus.RUNNING, True)
    assert asked.held("worker", 1) is asked


@pytest.mark.parametrize("job", ended_jobs())
def test_a_job_that_has_ended_is_not_cancelled(job: Job) -> None:
    with pytest.raises(Conflict) as refusal:
        job.cancellation_requested(NOON)
    assert refusal.value.code == "job_finished"


def test_a_failed_job_is_retried_as_if_new_but_counts_on() -> None:
    failed = a_running_job(max_attempts=1).cancellation_requested(NOON).failed(BROKEN, NOON).settled(NOON)
    retried = failed.retried(3, NOON + A_MINUTE)

    assert (retried.status, retried.run_after, retried.error) == (JobStatus.QUEUED, NOON + A_MINUTE, None)
    assert (retried.finished_at, retried.settled_at, retried.cancel_requested) == (None, None, False)
    assert (retried.attempts, retried.max_attempts) == (1, 4)
    assert retried.leased("worker", NOON + A_MINUTE, A_MINUTE).attempts == 2


@pytest.mark.parametrize(
    "job", [a_job(), a_running_job(), a_running_job().succeeded({}, NOON), a_job().cancelled(NOON)]
)
def test_a_job_that_has_not_failed_is_not_retried(job: Job) -> None:
    with pytest.raises(Conflict) as refusal:
        job.retried(3, NOON)
    assert refusal.value.code == "job_not_failed"


def test_of_two_that_exclude_each_other_the_later_waits() -> None:
    first = a_running_job(id="2", exclusive_key="session")
    second = replace(a_job(id="1", exclusive_key="session")).leased("worker", NOON + A_SECOND, A_MINUTE)

    assert second.must_wait_for(first)
    assert not first.must_wait_for(second)


def test_of_two_that_began_together_exactly_one_waits() -> None:
    one = a_running_job(id="1", exclusive_key="session")
    other = a_running_job(id="2", exclusive_key="session")

    assert other.must_wait_for(one)
    assert not one.must_wait_for(other)


@pytest.mark.parametrize(
    "other",
    [
        a_running_job(id="0", exclusive_key="another session"),
        a_running_job(id="0"),
        a_job(id="0", exclusive_key="session"),
        a_running_job(id="job", exclusive_key="session"),
    ],
)
def test_nobody_waits_for_a_job_that_is_not_in_the_way(other: Job) -> None:
    assert not a_running_job(exclusive_key="session").must_wait_for(other)
    assert not a_running_job().must_wait_for(other)


def test_an_idempotency_key_lives_for_a_day_and_belongs_to_a_user() -> None:
    request = KeyedRequest(KeyedRequest.id_for("ada", "key"), "fingerprint", NOON)

    assert not request.has_expired(NOON + IDEMPOTENCY_LIFETIME - A_SECOND)
    assert request.has_expired(NOON + IDEMPOTENCY_LIFETIME)
    assert KeyedRequest.id_for("ada", "key") != KeyedRequest.id_for("grace", "key")


def test_a_failure_reads_as_its_code() -> None:
    failure = JobFailure(Message.verbatim("It broke.", "broken"), is_transient=False)

    assert failure.error == BROKEN
    assert str(failure) == "broken"


fractions = st.floats(0, 1, exclude_max=True)
policies = st.builds(
    RetryPolicy,
    base_delay=st.timedeltas(timedelta(milliseconds=1), timedelta(minutes=5)),
    max_delay=st.timedeltas(timedelta(milliseconds=1), timedelta(hours=1)),
)


@given(policies, st.integers(1, 10_000), fractions)
def test_a_wait_is_in_the_upper_half_of_the_exponential_delay(
    policy: RetryPolicy, attempt: int, jitter: float
) -> None:
    doublings = min(attempt - 1, 60)
    seconds = min(policy.base_delay.total_seconds() * 2**doublings, policy.max_delay.total_seconds())
    rounding = 2e-6

    delay = policy.delay(attempt, jitter).total_seconds()

    assert seconds / 2 - rounding <= delay <= seconds + rounding


@given(policies, st.integers(1, 100))
def test_a_wait_is_never_shorter_than_the_one_before_at_the_same_luck(
    policy: RetryPolicy, attempt: int
) -> None:
    assert policy.delay(attempt, 0.5) <= policy.delay(attempt + 1, 0.5)


def test_waits_double_up_to_five_minutes() -> None:
    policy = RetryPolicy()

    assert [policy.delay(attempt, 0).total_seconds() for attempt in (1, 2, 3)] == [1, 2, 4]
    assert policy.delay(50, 0).total_seconds() == 150
