from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn

import pytest

from core.domain.errors import Unavailable, VersionConflict
from core.domain.jobs.jobs import Job, JobKind, JobStatus
from core.services.jobs.chores import Chore, ChoreRunner, DueJobs
from core.services.jobs.follow_ups import JobFollowUps
from entrypoints.wiring.application import Application
from entrypoints.wiring.stores import Stores
from ports.queue import Priority, Work
from tests.fakes import ManualClock
from tests.faults import Faults
from tests.unit.services.asking import a_session
from tests.unit.services.killing import Killed, killed_at_write


class RememberedHints:
    """A queue that hands out nothing."""

    def __init__(self, waiting: int = 0, mails_waiting: int = 0) -> None:
        self.hints: list[tuple[Work, str, Priority]] = []
        self._waiting = {Work.JOB: waiting, Work.MAIL: mails_waiting}

    def hint(self, work: Work, work_id: str, priority: Priority) -> None:
        self.hints.append((work, work_id, priority))

    def waiting(self, work: Work) -> int:
        return self._waiting[work]


class Followed:
    """A consequence that raises what it is told to, once for each."""

    def __init__(self, *errors: Exception) -> None:
        self.jobs: list[str] = []
        self._errors = list(errors)

    def handle(self, job: Job) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self.jobs.append(job.id)


def a_job(clock: ManualClock, job_id: str = "job") -> Job:
    return Job(job_id, "ada", JobKind.GENERATE_QUESTIONS, {}, clock.now(), clock.now(), max_attempts=3)


def away() -> NoReturn:
    raise Unavailable("The database is away.")


def broken() -> NoReturn:
    raise RuntimeError("a mistake of ours")


def chore(name: str, run: Callable[[], int], seconds: float = 60) -> Chore:
    return Chore(name, timedelta(seconds=seconds), run)


def runner(stores: Stores, clock: ManualClock, *chores: Chore, owner: str = "worker 1") -> ChoreRunner:
    return ChoreRunner(chores, stores.chores, clock, owner)


def test_it_works(stores: Stores, clock: ManualClock) -> None:
    chores = runner(stores, clock, chore("floor", lambda: 2), chore("stairs", lambda: 0))

    assert chores.run_all() == {"floor": 2, "stairs": 0}
    assert chores.run_due() == {"floor": 2, "stairs": 0}


def test_a_chore_that_cannot_be_done_keeps_no_other_from_being_done(
    stores: Stores, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    chores = runner(stores, clock, chore("first", away), chore("second", broken), chore("third", lambda: 3))

    with caplog.at_level(logging.WARNING):
        assert chores.run_due() == {"third": 3}
    assert "chore first has to wait: The database is away." in caplog.text
    assert "chore second failed" in caplog.text


def test_a_chore_is_due_again_after_its_interval(stores: Stores, clock: ManualClock) -> None:
    chores = runner(stores, clock, chore("often", lambda: 1, 5), chore("seldom", lambda: 1, 3600))
    chores.run_due()

    assert chores.run_due() == {}
    clock.advance(seconds=5)
    assert chores.run_due() == {"often": 1}
    clock.advance(hours=1)
    assert chores.run_due() == {"often": 1, "seldom": 1}


def test_a_chore_that_fails_waits_for_its_interval_too(stores: Stores, clock: ManualClock) -> None:
    tries: list[int] = []

    def fail() -> int:
        tries.append(1)
        raise RuntimeError("a mistake of ours")

    chores = runner(stores, clock, chore("failing", fail))
    for _ in range(3):
        chores.run_due()

    assert len(tries) == 1


def test_of_several_processes_one_does_a_chore(stores: Stores, clock: ManualClock) -> None:
    done: list[str] = []

    def work(owner: str) -> Callable[[], int]:
        def run() -> int:
            done.append(owner)
            return 1

        return run

    processes = [runner(stores, clock, chore("floor", work(name)), owner=name) for name in ("1", "2", "3")]
    for process in processes:
        process.run_due()

    assert done == ["1"]


def test_a_chore_is_left_alone_while_another_process_does_it(stores: Stores, clock: ManualClock) -> None:
    other = runner(stores, clock, chore("floor", lambda: 2), owner="worker 2")
    seen: list[dict[str, int]] = []

    def look() -> int:
        seen.append(other.run_due())
        return 1

    assert runner(stores, clock, chore("floor", look)).run_due() == {"floor": 1}
    assert seen == [{}]


def test_a_chore_of_a_dead_process_is_taken_over(stores: Stores, clock: ManualClock, faults: Faults) -> None:
    """The writes are: add the chore, take the lease, store the end."""
    with killed_at_write(2, faults), pytest.raises(Killed):
        runner(stores, clock, chore("floor", lambda: 1)).run_due()
    other = runner(stores, clock, chore("floor", lambda: 2), owner="worker 2")

    assert other.run_due() == {}
    clock.advance(minutes=2)
    assert other.run_due() == {"floor": 2}


def test_a_chore_that_users_wait_for_is_taken_over_sooner(
    stores: Stores, clock: ManualClock, faults: Faults
) -> None:
    with killed_at_write(2, faults), pytest.raises(Killed):
        runner(stores, clock, chore("floor", lambda: 1, seconds=5)).run_due()

    clock.advance(seconds=10)

    assert runner(stores, clock, chore("floor", lambda: 2), owner="worker 2").run_due() == {"floor": 2}


def test_a_slow_chore_does_not_end_that_of_another_process(
    stores: Stores, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    other = runner(stores, clock, chore("floor", lambda: 2, seconds=600), owner="worker 2")

    def linger() -> int:
        clock.advance(minutes=2)
        assert other.run_due() == {"floor": 2}
        return 1

    assert runner(stores, clock, chore("floor", linger, seconds=1)).run_due() == {"floor": 1}

    assert "chore floor was taken over" in caplog.text
    clock.advance(seconds=30)
    assert other.run_due() == {}


def test_of_two_processes_that_know_of_no_chore_yet_one_begins_it(
    stores: Stores, clock: ManualClock, faults: Faults
) -> None:
    other = runner(stores, clock, chore("floor", lambda: 2), owner="worker 2")
    seen: list[dict[str, int]] = []

    with faults.before_write(lambda _: seen or seen.append(other.run_due())):
        assert runner(stores, clock, chore("floor", lambda: 1)).run_due() == {}

    assert seen == [{"floor": 2}]


def test_all_chores_of_the_product_can_be_done(application: Application) -> None:
    assert set(application.work.chores.run_all()) >= {
        "due jobs",
        "follow-ups",
        "account emails",
        "outbox",
        "expired exports",
        "deleted sessions",
        "idempotency keys",
        "expired logins",
    }


def test_jobs_that_may_be_taken_are_hinted_at(stores: Stores, clock: ManualClock) -> None:
    waiting = a_job(clock, "waiting")
    abandoned = a_job(clock, "abandoned").leased("gone", clock.now(), timedelta())
    stores.jobs.add(waiting)
    stores.jobs.add(abandoned)
    queue = RememberedHints()

    assert DueJobs(stores.jobs, queue, clock).sweep() == 2
    assert sorted(queue.hints) == [
        (Work.JOB, "abandoned", Priority.BACKGROUND),
        (Work.JOB, "waiting", Priority.BACKGROUND),
    ]


def test_twenty_jobs_are_hinted_at_a_time(stores: Stores, clock: ManualClock) -> None:
    for number in range(25):
        stores.jobs.add(a_job(clock, f"job {number}"))

    assert DueJobs(stores.jobs, RememberedHints(), clock).sweep() == 20


@pytest.mark.parametrize(("waiting", "hinted"), [(99, 1), (100, 0), (5_000, 0)])
def test_no_hint_is_added_while_there_are_enough(
    stores: Stores, clock: ManualClock, waiting: int, hinted: int
) -> None:
    stores.jobs.add(a_job(clock))
    queue = RememberedHints(waiting, mails_waiting=5_000)

    assert DueJobs(stores.jobs, queue, clock).sweep() == hinted
    assert len(queue.hints) == hinted


def test_a_worker_that_has_run_a_job_hints_at_the_next(stores: Stores, clock: ManualClock) -> None:
    for number in range(3):
        stores.jobs.add(a_job(clock, f"job {number}"))
    queue = RememberedHints(waiting=5_000)

    DueJobs(stores.jobs, queue, clock).hint_next()

    assert queue.hints == [(Work.JOB, "job 0", Priority.BACKGROUND)]


def test_nothing_is_hinted_at_after_the_last_job(stores: Stores, clock: ManualClock) -> None:
    stores.jobs.add(a_job(clock).leased("worker", clock.now(), timedelta(minutes=1)))
    queue = RememberedHints()

    DueJobs(stores.jobs, queue, clock).hint_next()

    assert queue.hints == []


def test_a_worker_goes_on_while_the_queue_is_unavailable(stores: Stores, clock: ManualClock) -> None:
    class NoQueue(RememberedHints):
        def hint(self, work: Work, work_id: str, priority: Priority) -> None:
            away()

    stores.jobs.add(a_job(clock))
    DueJobs(stores.jobs, NoQueue(), clock).hint_next()


def test_a_process_that_stops_begins_no_further_chore(stores: Stores, clock: ManualClock) -> None:
    def stop() -> int:
        chores.stop()
        return 1

    chores = runner(stores, clock, chore("first", stop), chore("second", lambda: 2))

    assert chores.run_due() == {"first": 1}


def test_what_follows_from_an_end_is_made_and_written_down(stores: Stores, clock: ManualClock) -> None:
    job = a_job(clock).cancelled(clock.now())
    stores.jobs.add(job)
    followed = Followed()

    assert JobFollowUps(stores.jobs, [followed], clock).complete(job)

    assert followed.jobs == [job.id]
    settled = stores.jobs.get(job.id)
    assert settled is not None
    assert settled.settled_at == clock.now()


@pytest.mark.parametrize("error", [Unavailable("Away."), VersionConflict(), RuntimeError("a mistake")])
def test_what_could_not_follow_at_once_follows_with_a_later_sweep(
    stores: Stores, clock: ManualClock, error: Exception
) -> None:
    jobs = [a_job(clock, name).cancelled(clock.now()) for name in ("1", "2")]
    for job in jobs:
        stores.jobs.add(job)
    followed = Followed(error)
    consequences = JobFollowUps(stores.jobs, [followed], clock)

    assert not consequences.complete(jobs[0])
    assert consequences.sweep() == 1
    assert followed.jobs == ["2"]
    clock.advance(seconds=5)
    assert consequences.sweep() == 1
    assert followed.jobs == ["2", "1"]
    assert consequences.sweep() == 0


def test_a_failing_follow_up_does_not_hold_up_those_of_other_jobs(stores: Stores, clock: ManualClock) -> None:
    for name in ("1", "2"):
        stores.jobs.add(a_job(clock, name).cancelled(clock.now()))
    followed = Followed(RuntimeError("a mistake"))

    assert JobFollowUps(stores.jobs, [followed], clock).sweep() == 1
    assert followed.jobs == ["2"]


class AlwaysFailing:
    """Fails for some jobs, whenever it is called."""

    def __init__(self, *job_ids: str) -> None:
        self.calls: Counter[str] = Counter()
        self._job_ids = job_ids

    def handle(self, job: Job) -> None:
        self.calls[job.id] += 1
        if job.id in self._job_ids:
            raise RuntimeError("a mistake")


def test_follow_ups_that_always_fail_do_not_hide_those_of_other_jobs(
    stores: Stores, clock: ManualClock
) -> None:
    """More of them, and older, than one sweep deals with."""
    failing = [f"failing {number}" for number in range(10)]
    for name in failing:
        stores.jobs.add(a_job(clock, name).cancelled(clock.now()))
    clock.advance(seconds=1)
    stores.jobs.add(a_job(clock, "good").cancelled(clock.now()))
    follow_ups = JobFollowUps(stores.jobs, [AlwaysFailing(*failing)], clock)

    assert follow_ups.sweep(limit=10) == 0
    assert follow_ups.sweep(limit=10) == 1


def test_follow_ups_that_fail_are_tried_ever_more_seldom(stores: Stores, clock: ManualClock) -> None:
    stores.jobs.add(a_job(clock).cancelled(clock.now()))
    handler = AlwaysFailing("job")
    follow_ups = JobFollowUps(stores.jobs, [handler], clock)

    for _ in range(24 * 60):
        follow_ups.sweep()
        clock.advance(minutes=1)

    assert 24 <= handler.calls["job"] <= 40


def test_a_job_that_is_retried_before_it_is_settled_is_not_settled(
    stores: Stores, clock: ManualClock
) -> None:
    running = a_job(clock).leased("worker", clock.now(), timedelta())
    failed = running.cancelled(clock.now())
    stores.jobs.add(failed)
    stores.jobs.save(failed)

    assert not JobFollowUps(stores.jobs, [], clock).complete(failed)


def test_jobs_cancelled_while_they_waited_are_settled_by_the_sweeper(
    application: Application, ada: str, session_id: str
) -> None:
    job = application.generation.service.request(ada, session_id, 5)
    application.jobs.service.cancel(ada, job.id)

    assert application.work.chores.run_all()["follow-ups"] == 1
    assert application.jobs.service.get(ada, job.id).settled_at is not None
    assert application.live.notifications.newest(ada) == []


def test_follow_ups_of_a_worker_that_died_are_left_to_the_sweeper(
    application: Application,
    clock: ManualClock,
    ada: str,
    faults: Faults,
) -> None:
    """The end is the job's write number 6, after lease, begin, lease again, questions, progress and done."""
    job = application.generation.service.request(ada, a_session(application, ada), 5)
    with killed_at_write(7, faults), pytest.raises(Killed):
        application.work.runner.run_due()
    assert application.jobs.service.get(ada, job.id).status is JobStatus.SUCCEEDED
    assert application.live.notifications.newest(ada) == []

    assert application.work.chores.run_all()["follow-ups"] == 1

    assert [notification.data["job_id"] for notification in application.live.notifications.newest(ada)] == [
        job.id
    ]
    assert application.work.chores.run_all()["follow-ups"] == 0
