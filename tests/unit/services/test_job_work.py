from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from core.domain.jobs.jobs import Job, JobCancelled, JobKind, JobStatus, Progress
from core.domain.leases import LeaseLost
from core.domain.messages import Message
from core.services.jobs.attempts import JobAttempt, WorkerStopping
from core.services.jobs.events import JobEvents
from entrypoints.wiring.stores import Stores
from tests.building import signed_up
from tests.fakes import ManualClock, ScriptedGenerator
from tests.faults import Faults
from tests.unit.services.asking import a_session, questions_in
from tests.unit.services.conftest import Worker

LIFETIME = timedelta(seconds=30)
HALFWAY = Progress(5, 10, Message("writing_questions"))


class Listener(JobEvents):
    """Notes every change."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def changed(self, job: Job) -> None:
        self.jobs.append(job)


class Shutdown:
    """Whether the worker has to stop."""

    def __init__(self) -> None:
        self.has_come = False

    def __call__(self) -> bool:
        return self.has_come


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def shutdown() -> Shutdown:
    return Shutdown()


@pytest.fixture
def work(stores: Stores, clock: ManualClock, listener: Listener, shutdown: Shutdown) -> JobAttempt:
    now = clock.now()
    stores.jobs.add(Job("job", "ada", JobKind.GENERATE_QUESTIONS, {}, now, now, max_attempts=3))
    job = stores.jobs.save(stored(stores).leased("worker", now, LIFETIME))
    return JobAttempt(job, stores.jobs, listener, clock, LIFETIME, shutdown)


def stored(stores: Stores) -> Job:
    job = stores.jobs.get("job")
    assert job is not None
    return job


def take_over(stores: Stores, clock: ManualClock) -> Job:
    """What another worker does once the lease has ended."""
    clock.advance(seconds=30)
    return stores.jobs.save(stored(stores).leased("other", clock.now(), LIFETIME))


def test_it_works(work: JobAttempt, stores: Stores, listener: Listener) -> None:
    work.check()
    work.report(HALFWAY, {"question_ids": ["1"]})

    assert not work.should_stop()
    assert work.job == stored(stores)
    assert (work.job.progress, work.job.result) == (HALFWAY, {"question_ids": ["1"]})
    assert [job.progress for job in listener.jobs] == [HALFWAY]


@pytest.mark.parametrize("act", [JobAttempt.renew, JobAttempt.confirm])
def test_a_lease_that_is_renewed_lasts_longer_which_is_no_news(
    work: JobAttempt,
    stores: Stores,
    clock: ManualClock,
    listener: Listener,
    act: Callable[[JobAttempt], None],
) -> None:
    clock.advance(seconds=20)
    act(work)

    lease = stored(stores).lease
    assert lease is not None
    assert lease.ends_at == clock.now() + LIFETIME
    assert listener.jobs == []


def test_nothing_is_written_once_another_worker_has_the_job(
    work: JobAttempt, stores: Stores, clock: ManualClock
) -> None:
    taken_over = take_over(stores, clock)

    with pytest.raises(LeaseLost):
        work.confirm()
    with pytest.raises(LeaseLost):
        work.report(HALFWAY, {})
    with pytest.raises(LeaseLost):
        work.end(lambda job: job.succeeded({}, clock.now()))
    assert stored(stores) == taken_over


def test_a_heartbeat_that_finds_the_lease_lost_stops_the_work(
    work: JobAttempt, stores: Stores, clock: ManualClock
) -> None:
    take_over(stores, clock)
    assert not work.should_stop()

    work.renew()

    assert work.should_stop()
    with pytest.raises(LeaseLost):
        work.check()


def test_a_heartbeat_notices_a_cancellation(work: JobAttempt, stores: Stores, clock: ManualClock) -> None:
    stores.jobs.save(stored(stores).cancellation_requested(clock.now()))
    work.check()

    work.renew()

    assert work.should_stop()
    with pytest.raises(JobCancelled):
        work.check()


def test_a_look_at_the_ledger_notices_a_cancellation(
    work: JobAttempt, stores: Stores, clock: ManualClock, listener: Listener
) -> None:
    work.look()
    stores.jobs.save(stored(stores).cancellation_requested(clock.now()))

    with pytest.raises(JobCancelled):
        work.look()
    assert listener.jobs == []


def test_a_look_at_the_ledger_notices_another_worker(
    work: JobAttempt, stores: Stores, clock: ManualClock
) -> None:
    take_over(stores, clock)

    with pytest.raises(LeaseLost):
        work.look()


def test_a_look_while_the_ledger_is_unavailable_is_no_end(work: JobAttempt, faults: Faults) -> None:
    faults.is_unavailable = True

    work.look()


def test_what_was_done_is_written_before_a_cancellation_is_obeyed(
    work: JobAttempt, stores: Stores, clock: ManualClock
) -> None:
    stores.jobs.save(stored(stores).cancellation_requested(clock.now()))

    with pytest.raises(JobCancelled):
        work.report(HALFWAY, {})
    assert stored(stores).progress == HALFWAY


def test_a_worker_that_stops_is_told_at_the_next_step(work: JobAttempt, shutdown: Shutdown) -> None:
    shutdown.has_come = True

    assert work.should_stop()
    with pytest.raises(WorkerStopping):
        work.check()


def test_an_end_is_news(work: JobAttempt, stores: Stores, clock: ManualClock, listener: Listener) -> None:
    ended = work.end(lambda job: job.succeeded({}, clock.now()))

    assert ended.status is JobStatus.SUCCEEDED
    assert listener.jobs == [ended] == [stored(stores)]


def test_a_change_by_the_user_at_the_same_moment_is_not_lost(
    work: JobAttempt, stores: Stores, clock: ManualClock
) -> None:
    stores.jobs.save(stored(stores).cancellation_requested(clock.now()))
    work.confirm()

    assert stored(stores).cancel_requested


def test_a_long_batch_does_not_cost_the_worker_its_lease(worker: Worker, clock: ManualClock) -> None:
    """The batch takes three lifetimes of the lease, over which the heart beats in its own thread."""
    lifetime = timedelta(milliseconds=60)
    writer = ScriptedGenerator()
    application, other = worker(writer, job_lease=lifetime), worker(job_lease=lifetime)
    ada = signed_up(application).user.id
    session_id = a_session(application, ada)
    job = application.generation.service.request(ada, session_id, 5)

    def take_long(_: int) -> None:
        for _ in range(6):
            clock.advance(milliseconds=30)
            wait_until_renewed()
            assert other.work.runner.run_due() == 0

    def wait_until_renewed() -> None:
        deadline = time.monotonic() + 5
        while True:
            lease = application.jobs.service.get(ada, job.id).lease
            if lease is not None and lease.ends_at == clock.now() + lifetime:
                return
            assert time.monotonic() < deadline

    writer.before_batch = take_long
    application.work.runner.run_due()

    done = application.jobs.service.get(ada, job.id)
    assert (done.status, done.attempts) == (JobStatus.SUCCEEDED, 1)
    assert len(questions_in(application, ada, session_id)) == 5
