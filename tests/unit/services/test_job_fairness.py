"""Fairness between users when there are more jobs than workers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from core.domain.errors import VersionConflict
from core.domain.jobs.jobs import Job, JobStatus
from entrypoints.wiring.application import Application
from tests.building import signed_up
from tests.contract.racing import at_once
from tests.fakes import ManualClock, ScriptedGenerator
from tests.faults import Faults
from tests.unit.services.asking import a_session, jobs_of, questions_in
from tests.unit.services.conftest import Worker

THREADS = 6


def request(application: Application, user_id: str) -> Job:
    """A job in a session of its own, for a role of its own: nobody has asked for these questions before."""
    role = f"role {len(jobs_of(application, user_id))} of {user_id}"
    return application.generation.service.request(user_id, a_session(application, user_id, role), 5)


def statuses(application: Application, user_id: str) -> Counter[JobStatus]:
    return Counter(job.status for job in jobs_of(application, user_id))


def test_jobs_of_one_user_run_in_the_order_of_the_requests(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str
) -> None:
    for _ in range(4):
        request(application, ada)
        clock.advance(seconds=1)
    application.work.runner.run_due()

    assert [brief.role for brief, _, _ in writer.calls] == [f"role {number} of {ada}" for number in range(4)]


def test_at_most_three_jobs_of_a_user_run_at_a_time(
    application: Application, writer: ScriptedGenerator, ada: str
) -> None:
    """Each job that begins lets another worker have a look around."""
    for _ in range(8):
        request(application, ada)
    running = []

    def look_around(_: int) -> None:
        running.append(len(jobs_of(application, ada, JobStatus.RUNNING)))
        application.work.runner.run_due()

    writer.before_batch = look_around
    application.work.runner.run_due()

    assert max(running) == 3
    assert statuses(application, ada) == {JobStatus.SUCCEEDED: 8}


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_limit_can_be_set(worker: Worker, writer: ScriptedGenerator, limit: int) -> None:
    application = worker(writer, max_running_jobs_per_user=limit)
    ada = signed_up(application).user.id
    for _ in range(7):
        request(application, ada)
    running = []

    def look_around(_: int) -> None:
        running.append(len(jobs_of(application, ada, JobStatus.RUNNING)))
        application.work.runner.run_due()

    writer.before_batch = look_around
    application.work.runner.run_due()

    assert max(running) == limit
    assert statuses(application, ada) == {JobStatus.SUCCEEDED: 7}


def test_a_single_job_does_not_wait_for_twenty_of_another_user(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, grace: str
) -> None:
    """Another worker looks for work while one of Ada's jobs, all of them older, is running."""
    for _ in range(20):
        request(application, ada)
        clock.advance(seconds=1)
    request(application, grace)

    def let_another_work(_: int) -> None:
        writer.before_batch = lambda _: None
        application.work.runner.run_due()

    writer.before_batch = let_another_work
    application.work.runner.run_due()

    roles = [brief.role for brief, _, _ in writer.calls]
    assert roles[:3] == [f"role 0 of {ada}", f"role 0 of {grace}", f"role 1 of {ada}"]
    assert statuses(application, ada) == {JobStatus.SUCCEEDED: 20}


def test_workers_go_round_the_users_who_wait(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, grace: str
) -> None:
    """Six workers at a time, each of which begins while those before it are at work."""
    for user_id in (ada, ada, ada, ada, grace, grace, grace, grace):
        request(application, user_id)
        clock.advance(seconds=1)

    def let_another_begin(_: int) -> None:
        application.work.runner.run_due()

    writer.before_batch = let_another_begin
    application.work.runner.run_due()

    users = [brief.role.rpartition(" ")[2] for brief, _, _ in writer.calls]
    assert users[:6] == [ada, grace, ada, grace, ada, grace]


def test_two_jobs_never_write_into_one_session_at_a_time(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, session_id: str
) -> None:
    for _ in range(3):
        application.generation.service.request(ada, session_id, 5)
    running = []

    def look_around(_: int) -> None:
        application.work.runner.run_due()
        running.append(len(jobs_of(application, ada, JobStatus.RUNNING)))

    writer.before_batch = look_around
    for _ in range(3):
        application.work.runner.run_due()
        clock.advance(seconds=1)

    assert running == [1, 1, 1]
    assert statuses(application, ada) == {JobStatus.SUCCEEDED: 3}
    assert len(questions_in(application, ada, session_id)) == 15


def test_a_job_that_had_to_wait_for_another_has_lost_no_attempt(
    application: Application, writer: ScriptedGenerator, ada: str, session_id: str
) -> None:
    application.generation.service.request(ada, session_id, 5)
    second = application.generation.service.request(ada, session_id, 5)
    seen = []

    def look_around(_: int) -> None:
        application.work.runner.run_due()
        seen.append(application.jobs.service.get(ada, second.id))

    writer.before_batch = look_around
    application.work.runner.run_due()

    assert seen[0].status is JobStatus.QUEUED
    assert seen[0].max_attempts - seen[0].attempts == second.max_attempts


def abandoned(application: Application, user_id: str) -> Job:
    """A job whose worker has died, and whose lease has ended."""
    jobs, now = application.foundation.stores.jobs, application.foundation.system.clock.now()
    return jobs.save(request(application, user_id).leased("a dead worker", now, timedelta()))


def test_what_a_dead_worker_left_does_not_count_as_running(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, grace: str
) -> None:
    """Grace's jobs come without end: one that waits is always there."""
    left = abandoned(application, ada)
    clock.advance(seconds=1)
    for _ in range(5):
        request(application, grace)
        clock.advance(seconds=1)

    application.work.runner.run_due(limit=1)

    assert application.jobs.service.get(ada, left.id).status is JobStatus.SUCCEEDED
    assert statuses(application, grace) == {JobStatus.QUEUED: 5}


def test_many_jobs_of_one_session_do_not_hide_other_sessions(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, session_id: str
) -> None:
    for _ in range(60):
        application.generation.service.request(ada, session_id, 1)
    clock.advance(seconds=1)
    other = request(application, ada)
    seen = []

    def let_another_work(_: int) -> None:
        writer.before_batch = lambda _: None
        application.work.runner.run_due(limit=1)
        seen.append(application.jobs.service.get(ada, other.id).status)

    writer.before_batch = let_another_work
    application.work.runner.run_due(limit=1)

    assert seen == [JobStatus.SUCCEEDED]


def test_many_jobs_of_a_session_do_not_hide_its_lost_one(
    application: Application, clock: ManualClock, ada: str, session_id: str
) -> None:
    """Nothing else of the session may run before it."""
    jobs = [application.generation.service.request(ada, session_id, 1) for _ in range(60)]
    left = application.foundation.stores.jobs.save(
        jobs[-1].leased("a dead worker", clock.now(), timedelta(seconds=1))
    )
    clock.advance(seconds=2)

    application.work.runner.run_due(limit=1)

    assert application.jobs.service.get(ada, left.id).status is JobStatus.SUCCEEDED


def test_idle_threads_of_a_process_do_not_try_for_the_same_job(
    application: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "grace", "alan", "edsger", "barbara", "tony"):
        request(application, signed_up(application, f"{name}@example.com").user.id)
        clock.advance(seconds=1)
    refused: list[str] = []
    save = application.foundation.stores.jobs.save

    def noted(job: Job) -> Job:
        try:
            return save(job)
        except VersionConflict:
            refused.append(job.id)
            raise

    monkeypatch.setattr(application.foundation.stores.jobs, "save", noted)
    at_once(THREADS, lambda _: application.work.runner.run_due(limit=1))

    assert refused == []


def test_a_process_that_comes_too_late_takes_another_job(
    worker: Worker, clock: ManualClock, faults: Faults
) -> None:
    one, other = worker(), worker()
    users = [signed_up(one, f"{name}@example.com").user.id for name in ("ada", "grace", "alan")]
    for user_id in users:
        request(one, user_id)
        clock.advance(seconds=1)
    taken: list[int] = []

    def be_faster(_: str) -> None:
        """The other process takes what this one has found."""
        if not taken:
            taken.append(other.work.runner.run_due(limit=1))

    with faults.before_write(be_faster):
        assert one.work.runner.run_due(limit=1) == 1
    assert taken == [1]
    assert sum(statuses(one, user_id)[JobStatus.SUCCEEDED] for user_id in users) == 2


def test_many_threads_do_each_job_once_and_lose_none(worker: Worker, clock: ManualClock) -> None:
    workers = [worker(), worker()]
    users = [signed_up(workers[0], f"{name}@example.com").user.id for name in ("ada", "grace", "alan")]
    jobs = [request(workers[0], user_id) for user_id in users for _ in range(5)]

    def work(number: int) -> int:
        return workers[number % 2].work.runner.run_due()

    done = sum(at_once(THREADS, work))
    while any(statuses(workers[0], user_id)[JobStatus.QUEUED] for user_id in users):
        clock.advance(seconds=1)
        done += workers[0].work.runner.run_due()

    assert done == len(jobs)
    for user_id in users:
        assert statuses(workers[0], user_id) == {JobStatus.SUCCEEDED: 5}
    for job in jobs:
        assert len(questions_in(workers[0], job.user_id, job.params["session_id"])) == 5
