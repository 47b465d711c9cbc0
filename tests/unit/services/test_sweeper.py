from __future__ import annotations

import logging
from datetime import timedelta
from typing import NoReturn

import pytest

from core.domain.errors import Unavailable, VersionConflict
from core.domain.jobs.jobs import Job, JobKind, JobStatus
from core.services.jobs.chores import ChoreRunner, DueJobs
from core.services.jobs.follow_ups import JobFollowUps
from entrypoints.wiring.application import Application
from entrypoints.wiring.stores import Stores
from ports.queue import Priority, Work
from tests.fakes import ManualClock
from tests.unit.services.asking import a_session
from tests.unit.services.killing import Killed, killed_at_write


class RememberedHints:
    """A queue that hands out nothing."""

    def __init__(self, waiting: int = 0) -> None:
        self.hints: list[tuple[Work, str, Priority]] = []
        self._waiting = waiting

    def hint(self, work: Work, work_id: str, priority: Priority) -> None:
        self.hints.append((work, work_id, priority))

    def waiting(self) -> int:
        return self._waiting


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


def test_it_works() -> None:
    assert ChoreRunner({"floor": lambda: 2, "stairs": lambda: 0}).run_all() == {"floor": 2, "stairs": 0}


def test_a_chore_that_cannot_be_done_keeps_no_other_from_being_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sweeper = ChoreRunner({"first": away, "second": broken, "third": lambda: 3})

    with caplog.at_level(logging.WARNING):
        assert sweeper.run_all() == {"third": 3}
    assert "sweep first has to wait: The database is away." in caplog.text
    assert "sweep second failed" in caplog.text


def test_all_chores_of_the_product_can_be_done(application: Application) -> None:
    assert set(application.work.chores.run_all()) >= {
        "due jobs",
        "follow-ups",
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
    queue = RememberedHints(waiting)

    assert DueJobs(stores.jobs, queue, clock).sweep() == hinted
    assert len(queue.hints) == hinted


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
def test_what_could_not_follow_at_once_follows_with_the_next_sweep(
    stores: Stores, clock: ManualClock, error: Exception
) -> None:
    jobs = [a_job(clock, name).cancelled(clock.now()) for name in ("1", "2")]
    for job in jobs:
        stores.jobs.add(job)
    followed = Followed(error)
    consequences = JobFollowUps(stores.jobs, [followed], clock)

    assert not consequences.complete(jobs[0])
    assert consequences.sweep() == 2
    assert followed.jobs == ["1", "2"]
    assert consequences.sweep() == 0


def test_one_consequence_that_fails_does_not_hold_up_those_of_other_jobs(
    stores: Stores, clock: ManualClock
) -> None:
    for name in ("1", "2"):
        stores.jobs.add(a_job(clock, name).cancelled(clock.now()))
    followed = Followed(RuntimeError("a mistake"))

    assert JobFollowUps(stores.jobs, [followed], clock).sweep() == 1
    assert followed.jobs == ["2"]


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


def test_a_worker_that_dies_right_after_the_end_of_a_job_leaves_its_consequences_to_the_sweeper(
    application: Application,
    clock: ManualClock,
    ada: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The end is the job's write number 6, after lease, begin, lease again, questions, progress and done."""
    job = application.generation.service.request(ada, a_session(application, ada), 5)
    with killed_at_write(7, monkeypatch), pytest.raises(Killed):
        application.work.runner.run_due()
    assert application.jobs.service.get(ada, job.id).status is JobStatus.SUCCEEDED
    assert application.live.notifications.newest(ada) == []

    assert application.work.chores.run_all()["follow-ups"] == 1

    assert [notification.data["job_id"] for notification in application.live.notifications.newest(ada)] == [
        job.id
    ]
    assert application.work.chores.run_all()["follow-ups"] == 0
