from __future__ import annotations

import logging
from typing import NoReturn

import pytest
from redis.exceptions import ConnectionError as RedisAway

from core.domain.errors import Conflict, Invalid, NotFound
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import Job, JobFilter, JobKind, JobStatus
from core.domain.paging import PageRequest
from entrypoints.wiring.application import Application
from ports.queue import Work
from tests.contract.racing import at_once
from tests.fakes import ManualClock, ScriptedGenerator
from tests.faults import Faults
from tests.unit.services.asking import a_session, jobs_of, questions_in
from tests.unit.services.killing import Killed, killed_at_write

KEY = IdempotencyKey("order 66", fingerprint="fifteen questions")


@pytest.fixture
def queue_is_unavailable(
    application: Application, ada: str, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """Undo it to bring the queue back."""

    def away(*_: object, **__: object) -> NoReturn:
        raise RedisAway("nobody listens")

    monkeypatch.setattr(application.foundation.queue.hueys[Work.JOB].storage, "enqueue", away)
    monkeypatch.setattr(application.foundation.queue.hueys[Work.JOB].storage, "queue_size", away)
    return monkeypatch


def test_it_works(application: Application, clock: ManualClock, ada: str, session_id: str) -> None:
    waiting = application.foundation.queue.waiting(Work.JOB)
    job = application.generation.service.request(ada, session_id, 15)

    assert job == application.jobs.service.get(ada, job.id)
    assert (job.kind, job.status, job.attempts) == (JobKind.GENERATE_QUESTIONS, JobStatus.QUEUED, 0)
    assert (job.progress.done, job.progress.total) == (0, 15)
    assert job.created_at == job.run_after == clock.now()
    assert application.foundation.queue.waiting(Work.JOB) == waiting + 1


def test_an_unknown_job_and_somebody_elses_are_not_found(
    application: Application, ada: str, grace: str, session_id: str
) -> None:
    job = application.generation.service.request(ada, session_id, 5)

    for user_id, job_id in ((ada, "unknown"), (grace, job.id)):
        for act in (
            application.jobs.service.get,
            application.jobs.service.cancel,
            application.jobs.service.retry,
        ):
            with pytest.raises(NotFound) as refusal:
                act(user_id, job_id)
            assert refusal.value.code == "job_not_found"


def test_jobs_are_listed_newest_first_and_by_status(
    application: Application, ada: str, session_id: str
) -> None:
    first, second, third = (application.generation.service.request(ada, session_id, 5) for _ in range(3))
    application.jobs.service.cancel(ada, second.id)

    newest = application.jobs.service.page(ada, JobFilter(), PageRequest(2))
    rest = application.jobs.service.page(ada, JobFilter(), PageRequest(2, newest.next_after))
    assert [job.id for job in (*newest.items, *rest.items)] == [third.id, second.id, first.id]
    assert [job.id for job in jobs_of(application, ada, JobStatus.CANCELLED)] == [second.id]


def test_a_job_that_has_ended_is_neither_cancelled_nor_retried(
    application: Application, ada: str, session_id: str
) -> None:
    job = application.generation.service.request(ada, session_id, 5)
    application.work.runner.run_due()

    with pytest.raises(Conflict) as refusal:
        application.jobs.service.cancel(ada, job.id)
    assert refusal.value.code == "job_finished"
    with pytest.raises(Conflict) as refusal:
        application.jobs.service.retry(ada, job.id)
    assert refusal.value.code == "job_not_failed"


def test_a_retried_job_is_hinted_at_again(
    application: Application, writer: ScriptedGenerator, ada: str, session_id: str
) -> None:
    writer.fail_next(is_transient=False)
    job = application.generation.service.request(ada, session_id, 5)
    application.work.runner.run_due()
    waiting = application.foundation.queue.waiting(Work.JOB)

    application.jobs.service.retry(ada, job.id)

    assert application.foundation.queue.waiting(Work.JOB) == waiting + 1


def test_without_a_queue_a_job_waits_in_the_ledger(
    application: Application,
    ada: str,
    session_id: str,
    queue_is_unavailable: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        job = application.generation.service.request(ada, session_id, 5)

    assert application.jobs.service.get(ada, job.id).status is JobStatus.QUEUED
    assert f"job {job.id} waits in the ledger" in caplog.text
    assert application.work.runner.run_due() == 1
    assert application.jobs.service.get(ada, job.id).status is JobStatus.SUCCEEDED


def test_the_sweeper_hints_at_what_waits_once_the_queue_is_back(
    application: Application, ada: str, session_id: str, queue_is_unavailable: pytest.MonkeyPatch
) -> None:
    application.generation.service.request(ada, session_id, 5)
    assert "due jobs" not in application.work.chores.run_all()

    queue_is_unavailable.undo()
    waiting = application.foundation.queue.waiting(Work.JOB)

    assert application.work.chores.run_all()["due jobs"] == 1
    assert application.foundation.queue.waiting(Work.JOB) > waiting


def test_a_job_can_be_retried_without_a_queue(
    application: Application,
    writer: ScriptedGenerator,
    ada: str,
    session_id: str,
    queue_is_unavailable: pytest.MonkeyPatch,
) -> None:
    writer.fail_next(is_transient=False)
    job = application.generation.service.request(ada, session_id, 5)
    application.work.runner.run_due()

    assert application.jobs.service.retry(ada, job.id).status is JobStatus.QUEUED


def request(application: Application, user_id: str, session_id: str, key: IdempotencyKey = KEY) -> Job:
    return application.generation.service.request(user_id, session_id, 15, key=key)


def test_the_same_request_with_the_same_key_starts_one_job(
    application: Application, ada: str, session_id: str
) -> None:
    first = request(application, ada, session_id)
    again = request(application, ada, session_id)

    assert again.id == first.id
    assert len(jobs_of(application, ada)) == 1


def test_the_first_answer_stands_whatever_has_happened_since(
    application: Application, ada: str, session_id: str
) -> None:
    first = request(application, ada, session_id)
    application.work.runner.run_due()
    application.library.sessions.delete(ada, session_id)

    again = request(application, ada, session_id)

    assert (again.id, again.status) == (first.id, JobStatus.SUCCEEDED)


def test_another_request_with_the_same_key_is_refused(
    application: Application, ada: str, session_id: str
) -> None:
    request(application, ada, session_id)

    with pytest.raises(Invalid) as refusal:
        request(application, ada, session_id, IdempotencyKey(KEY.key, "twenty questions"))
    assert refusal.value.code == "idempotency_key_reused"
    assert len(jobs_of(application, ada)) == 1


def test_a_key_belongs_to_its_user(application: Application, ada: str, grace: str, session_id: str) -> None:
    adas = request(application, ada, session_id)
    graces = request(application, grace, a_session(application, grace))

    assert adas.id != graces.id
    assert (adas.user_id, graces.user_id) == (ada, grace)


def test_a_request_that_is_refused_uses_up_no_key(
    application: Application, ada: str, session_id: str
) -> None:
    with pytest.raises(NotFound):
        request(application, ada, "unknown")

    other_body = IdempotencyKey(KEY.key, "another session")
    assert request(application, ada, session_id, other_body).status is JobStatus.QUEUED


@pytest.mark.parametrize("is_swept", [False, True])
def test_after_a_day_a_key_is_as_good_as_new(
    application: Application, clock: ManualClock, ada: str, session_id: str, is_swept: bool
) -> None:
    first = request(application, ada, session_id)
    clock.advance(hours=23, minutes=59)
    assert request(application, ada, session_id).id == first.id

    clock.advance(minutes=2)
    if is_swept:
        assert application.work.chores.run_all()["idempotency keys"] == 1
    other_body = IdempotencyKey(KEY.key, "twenty questions")
    second = request(application, ada, session_id, other_body)

    assert second.id != first.id
    assert request(application, ada, session_id, other_body).id == second.id


def test_a_key_is_not_swept_before_its_day_is_over(
    application: Application, clock: ManualClock, ada: str, session_id: str
) -> None:
    first = request(application, ada, session_id)
    clock.advance(hours=23)

    assert application.work.chores.run_all()["idempotency keys"] == 0
    assert request(application, ada, session_id).id == first.id


@pytest.mark.parametrize("write", [0, 1])
def test_a_request_that_died_halfway_is_completed_with_its_key(
    application: Application,
    ada: str,
    session_id: str,
    write: int,
    faults: Faults,
) -> None:
    """The key is written first, then the job."""
    with killed_at_write(write, faults), pytest.raises(Killed):
        request(application, ada, session_id)
    assert jobs_of(application, ada) == ()

    job = request(application, ada, session_id)

    assert jobs_of(application, ada) == (job,)
    assert request(application, ada, session_id).id == job.id


def test_a_key_whose_process_died_halfway_is_bound_to_its_request(
    application: Application, ada: str, session_id: str, faults: Faults
) -> None:
    with killed_at_write(1, faults), pytest.raises(Killed):
        request(application, ada, session_id)

    with pytest.raises(Invalid):
        request(application, ada, session_id, IdempotencyKey(KEY.key, "twenty questions"))


def test_of_many_that_come_at_once_with_one_key_all_get_the_same_job(
    application: Application, ada: str, session_id: str
) -> None:
    jobs = at_once(8, lambda _: request(application, ada, session_id))

    assert len({job.id for job in jobs}) == 1
    application.work.runner.run_due()
    assert len(questions_in(application, ada, session_id)) == 15


def test_all_who_come_at_once_with_an_expired_key_get_one_new_job(
    application: Application, clock: ManualClock, ada: str, session_id: str
) -> None:
    first = request(application, ada, session_id)
    clock.advance(hours=25)

    jobs = at_once(8, lambda _: request(application, ada, session_id))

    assert len({job.id for job in jobs}) == 1
    assert jobs[0].id != first.id


def test_of_two_requests_at_once_with_one_key_one_is_refused(
    application: Application, ada: str, session_id: str
) -> None:
    def ask(number: int) -> str:
        try:
            return request(application, ada, session_id, IdempotencyKey(KEY.key, f"body {number}")).id
        except Invalid as refusal:
            return refusal.code

    answers = at_once(2, ask)

    assert answers.count("idempotency_key_reused") == 1
    assert len(jobs_of(application, ada)) == 1
