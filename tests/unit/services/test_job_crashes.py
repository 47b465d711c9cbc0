"""Workers that die, at any point, and workers that only seemed dead."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from core.domain.generation.similarity import QuestionSet
from core.domain.jobs.jobs import MAX_LOST_LEASES, Job, JobStatus
from core.domain.library.questions import QuestionChanges
from core.domain.mail.emails import EmailKind
from core.domain.paging import PageRequest
from entrypoints.wiring.application import Application
from tests.building import signed_up
from tests.fakes import ManualClock, ScriptedGenerator
from tests.faults import Faults
from tests.unit.services.asking import a_session, questions_in
from tests.unit.services.conftest import Worker
from tests.unit.services.killing import Killed, killed_at_write

A_LEASE_SECONDS = 31
WRITES_OF_A_JOB = 16


def die(_: int) -> None:
    raise Killed


@dataclass
class Installation:
    """Two workers with one ledger, each with a writer of its own."""

    one: Application
    one_writer: ScriptedGenerator
    other: Application
    other_writer: ScriptedGenerator
    clock: ManualClock
    user_id: str

    def request(self, count: int = 15) -> Job:
        return self.one.generation.service.request(self.user_id, a_session(self.one, self.user_id), count)

    def job(self, job: Job) -> Job:
        return self.one.jobs.service.get(job.user_id, job.id)

    def texts(self, job: Job) -> list[str]:
        session_id = job.params["session_id"]
        return [question.text for question in questions_in(self.one, job.user_id, session_id)]

    def recover(self) -> None:
        """What the other worker does once the leases of the dead one have ended."""
        self.clock.advance(seconds=A_LEASE_SECONDS)
        self.other.work.chores.run_all()
        self.other.work.runner.run_due()

    def check_done_once(self, job: Job, count: int = 15) -> None:
        done, texts = self.job(job), self.texts(job)
        told = self.one.live.notifications.newest(self.user_id)
        mails = self.one.mail.outbox.page((), PageRequest(100)).items

        assert done.status is JobStatus.SUCCEEDED
        assert done.settled_at is not None
        assert len(done.result["question_ids"]) == len(texts) == count
        assert all(QuestionSet(texts[:index]).add(text) for index, text in enumerate(texts))
        assert [notification.data["job_id"] for notification in told] == [job.id]
        assert [mail.kind for mail in mails].count(EmailKind.GENERATION_COMPLETE) == 1


@pytest.fixture
def installation(worker: Worker, clock: ManualClock) -> Installation:
    one_writer, other_writer = ScriptedGenerator(), ScriptedGenerator(first=1000)
    one, other = worker(one_writer), worker(other_writer)
    return Installation(one, one_writer, other, other_writer, clock, signed_up(one).user.id)


@pytest.mark.parametrize("batch", range(3))
def test_a_job_whose_worker_dies_in_a_batch_is_ended_by_another(
    installation: Installation, batch: int
) -> None:
    job = installation.request(15)
    installation.one_writer.before_batch = lambda number: die(number) if number == batch else None
    with pytest.raises(Killed):
        installation.one.work.runner.run_due()

    assert installation.job(job).status is JobStatus.RUNNING
    assert installation.other.work.runner.run_due() == 0, "the lease has not ended yet"

    installation.recover()
    installation.check_done_once(job)
    assert (installation.job(job).attempts, installation.job(job).leases) == (1, 2)
    assert [count for _, count, _ in installation.other_writer.calls] == [15 - 5 * batch]


@pytest.mark.parametrize("write", range(WRITES_OF_A_JOB))
def test_wherever_a_worker_dies_the_questions_come_once(
    installation: Installation, write: int, faults: Faults
) -> None:
    job = installation.request(15)
    with killed_at_write(write, faults), pytest.raises(Killed):
        installation.one.work.runner.run_due()

    installation.recover()

    installation.check_done_once(job)


def test_a_worker_that_dies_after_its_last_write_leaves_nothing(
    installation: Installation, faults: Faults
) -> None:
    job = installation.request(15)
    with killed_at_write(WRITES_OF_A_JOB, faults):
        installation.one.work.runner.run_due()

    installation.check_done_once(job)
    installation.recover()
    installation.check_done_once(job)
    assert installation.other_writer.calls == []


def test_several_workers_may_die_on_one_job_before_one_ends_it(installation: Installation) -> None:
    job = installation.request(15)
    for worker, writer in (
        (installation.one, installation.one_writer),
        (installation.other, installation.other_writer),
    ):
        writer.before_batch = lambda number: die(number) if number == 1 else None
        with pytest.raises(Killed):
            worker.work.runner.run_due()
        installation.clock.advance(seconds=A_LEASE_SECONDS)

    installation.other_writer.before_batch = lambda _: None
    installation.recover()

    installation.check_done_once(job)
    assert (installation.job(job).attempts, installation.job(job).leases) == (1, 3)


def test_a_job_that_kills_every_worker_fails_in_the_end(installation: Installation) -> None:
    job = installation.request(15)
    installation.one_writer.before_batch = die
    for _ in range(MAX_LOST_LEASES):
        with pytest.raises(Killed):
            installation.one.work.runner.run_due()
        installation.clock.advance(seconds=A_LEASE_SECONDS)

    installation.one.work.runner.run_due()

    failed = installation.job(job)
    assert failed.status is JobStatus.FAILED
    assert failed.error is not None
    assert failed.error.code == "worker_lost"
    assert failed.attempts <= failed.max_attempts
    assert len(installation.one_writer.calls) == MAX_LOST_LEASES


def test_a_job_that_makes_progress_outlives_any_number_of_workers(installation: Installation) -> None:
    """Each worker stores five questions and dies in the next batch."""
    job = installation.request(50)
    installation.one_writer.before_batch = lambda number: die(number) if number == 1 else None
    for _ in range(9):
        with pytest.raises(Killed):
            installation.one.work.runner.run_due()
        installation.clock.advance(seconds=A_LEASE_SECONDS)

    installation.recover()

    installation.check_done_once(job, 50)
    assert installation.job(job).attempts == 1


def test_a_job_that_was_lost_too_often_can_still_be_retried(installation: Installation) -> None:
    job = installation.request(15)
    installation.one_writer.before_batch = die
    for _ in range(MAX_LOST_LEASES):
        with pytest.raises(Killed):
            installation.one.work.runner.run_due()
        installation.clock.advance(seconds=A_LEASE_SECONDS)
    installation.other.work.runner.run_due()

    installation.other.jobs.service.retry(installation.user_id, job.id)
    installation.other.work.runner.run_due()

    assert installation.job(job).status is JobStatus.SUCCEEDED
    assert len(installation.texts(job)) == 15


@pytest.mark.parametrize("batch", range(3))
def test_what_a_late_worker_writes_after_the_takeover_is_refused(
    installation: Installation, batch: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The first worker sleeps through its lease, another ends the job, then the first wakes up."""
    job = installation.request(15)
    ended: list[tuple[Job, list[str]]] = []

    def sleep(number: int) -> None:
        if number == batch:
            installation.recover()
            ended.append((installation.job(job), installation.texts(job)))

    installation.one_writer.before_batch = sleep
    with caplog.at_level(logging.WARNING):
        installation.one.work.runner.run_due()

    assert (installation.job(job), installation.texts(job)) == ended[0]
    installation.check_done_once(job)
    assert f"job {job.id} was taken over by another worker" in caplog.text


def test_a_late_worker_does_not_overwrite_a_regenerated_question(
    installation: Installation,
) -> None:
    first = installation.request(5)
    installation.one.work.runner.run_due()
    question_id = installation.job(first).result["question_ids"][0]
    job = installation.one.generation.service.request_regeneration(installation.user_id, question_id)

    def sleep(_: int) -> None:
        installation.recover()
        installation.one.library.questions.update(
            installation.user_id, question_id, QuestionChanges(text="My own words?")
        )

    installation.one_writer.before_batch = sleep
    installation.one.work.runner.run_due()

    question = installation.one.library.questions.get(installation.user_id, question_id)
    assert question.text == "My own words?"
    assert installation.job(job).status is JobStatus.SUCCEEDED


def test_all_jobs_of_a_user_that_a_dead_worker_has_left_are_taken_over(
    installation: Installation,
) -> None:
    """As many as may run at a time: they must not stand in their own way."""
    jobs = [installation.request(5) for _ in range(5)]
    runner = installation.one.work.runner

    def take_another_and_die(_: int) -> None:
        if len(installation.one_writer.calls) < 3:
            runner.run_due()
        raise Killed

    installation.one_writer.before_batch = take_another_and_die
    with pytest.raises(Killed):
        runner.run_due()
    assert [installation.job(job).status for job in jobs].count(JobStatus.RUNNING) == 3

    for _ in range(3):
        installation.recover()

    assert {installation.job(job).status for job in jobs} == {JobStatus.SUCCEEDED}
    assert [len(installation.texts(job)) for job in jobs] == [5] * 5
