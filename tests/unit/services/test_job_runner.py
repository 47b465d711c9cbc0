from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.errors import NotFound, Unavailable
from core.domain.generation.briefs import GenerationFailed
from core.domain.jobs.jobs import Job, JobStatus
from core.domain.messages import Message
from entrypoints.wiring.application import Application
from tests.building import words
from tests.fakes import ManualClock, ScriptedGenerator
from tests.unit.services.asking import a_session, questions_in


@pytest.fixture
def job(application: Application, ada: str, session_id: str) -> Job:
    """A waiting job for 15 questions, which come in three batches."""
    return application.generation.service.request(ada, session_id, 15)


def now(application: Application, job: Job) -> Job:
    return application.jobs.service.get(job.user_id, job.id)


def questions(application: Application, job: Job) -> list[str]:
    return [question.id for question in questions_in(application, job.user_id, job.params["session_id"])]


def test_it_works(application: Application, clock: ManualClock, job: Job) -> None:
    clock.advance(seconds=2)

    assert application.work.runner.run_due() == 1

    done = now(application, job)
    assert (done.status, done.attempts, done.error, done.lease) == (JobStatus.SUCCEEDED, 1, None, None)
    assert (done.progress.done, done.progress.total, words(done.progress.message)) == (15, 15, "Done")
    assert done.started_at == done.finished_at == clock.now()
    assert done.result["question_ids"] == questions(application, job)
    assert application.work.runner.run_due() == 0


def test_progress_moves_while_it_runs(application: Application, writer: ScriptedGenerator, job: Job) -> None:
    seen = []

    def look(_: int) -> None:
        current = now(application, job)
        stored = len(questions(application, job))
        seen.append((current.status, current.progress.done, stored))

    writer.before_batch = look
    application.work.runner.run_due()

    assert seen == [(JobStatus.RUNNING, 0, 0), (JobStatus.RUNNING, 5, 5), (JobStatus.RUNNING, 10, 10)]


def test_tokens_are_added_up_over_batches_and_attempts(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, job: Job
) -> None:
    def break_off(number: int) -> None:
        if number == 1:
            writer.before_batch = lambda _: None
            raise GenerationFailed(
                Message.verbatim("The writer is away.", "provider_unavailable"), is_transient=True
            )

    writer.before_batch = break_off
    application.work.runner.run_due()
    assert now(application, job).result["usage"] == {"prompt_tokens": 100, "completion_tokens": 50}

    clock.advance(seconds=2)
    application.work.runner.run_due()

    assert now(application, job).result["usage"] == {"prompt_tokens": 300, "completion_tokens": 150}


def test_a_passing_failure_is_tried_again_after_a_while(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, job: Job
) -> None:
    writer.fail_next("rate_limited")
    application.work.runner.run_due()

    waiting = now(application, job)
    assert (waiting.status, waiting.attempts) == (JobStatus.QUEUED, 1)
    assert waiting.error is not None
    assert waiting.error.code == "rate_limited"
    assert timedelta(seconds=1) <= waiting.run_after - clock.now() <= timedelta(seconds=2)

    assert application.work.runner.run_due() == 0
    clock.advance(seconds=2)
    assert application.work.runner.run_due() == 1
    done = now(application, job)
    assert (done.status, done.attempts, done.error) == (JobStatus.SUCCEEDED, 2, None)


def test_the_waits_grow_and_after_the_last_attempt_it_fails(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, job: Job
) -> None:
    waits = []
    for _ in range(3):
        writer.fail_next("provider_unavailable")
        application.work.runner.run_due()
        waits.append((now(application, job).run_after - clock.now()).total_seconds())
        clock.advance(seconds=10)

    assert 1 <= waits[0] <= 2 <= waits[1] <= 4
    failed = now(application, job)
    assert (failed.status, failed.attempts) == (JobStatus.FAILED, 3)
    assert failed.error is not None
    assert (failed.error.code, words(failed.error)) == ("provider_unavailable", "The writer is away.")
    assert failed.finished_at == clock.now() - timedelta(seconds=10)
    assert application.work.runner.run_due() == 0


def test_a_lasting_failure_fails_at_once(
    application: Application, writer: ScriptedGenerator, job: Job
) -> None:
    writer.fail_next("unknown_topics", is_transient=False)
    application.work.runner.run_due()

    failed = now(application, job)
    assert (failed.status, failed.attempts) == (JobStatus.FAILED, 1)
    assert failed.error is not None
    assert failed.error.code == "unknown_topics"


def test_an_unexpected_error_tells_no_secrets_and_is_retried(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, job: Job
) -> None:
    def explode(_: int) -> None:
        writer.before_batch = lambda _: None
        raise RuntimeError("at 10.0.0.1 with password hunter2")

    writer.before_batch = explode
    application.work.runner.run_due()

    waiting = now(application, job)
    assert (waiting.status, waiting.attempts) == (JobStatus.QUEUED, 1)
    assert waiting.error is not None
    assert waiting.error.code == "internal_error"
    assert "hunter2" not in words(waiting.error)

    clock.advance(seconds=2)
    application.work.runner.run_due()
    assert now(application, job).status is JobStatus.SUCCEEDED


def test_a_store_that_is_unavailable_is_a_passing_failure(
    application: Application, writer: ScriptedGenerator, job: Job
) -> None:
    def away(_: int) -> None:
        raise Unavailable("The database is away.", code="database_away")

    writer.before_batch = away
    application.work.runner.run_due()

    waiting = now(application, job)
    assert waiting.status is JobStatus.QUEUED
    assert waiting.error is not None
    assert waiting.error.code == "database_away"


def test_a_job_of_a_session_that_is_gone_fails_at_once(
    application: Application, ada: str, session_id: str, job: Job
) -> None:
    application.library.sessions.delete(ada, session_id)
    application.work.runner.run_due()

    failed = now(application, job)
    assert failed.status is JobStatus.FAILED
    assert failed.error is not None
    assert failed.error.code == "session_not_found"


def test_a_session_that_is_deleted_meanwhile_gets_no_further_questions(
    application: Application, writer: ScriptedGenerator, ada: str, session_id: str, job: Job
) -> None:
    writer.before_batch = lambda number: (
        application.library.sessions.delete(ada, session_id) if number == 1 else None
    )
    application.work.runner.run_due()

    failed = now(application, job)
    assert failed.error is not None
    assert failed.error.code == "session_not_found"
    with pytest.raises(NotFound):
        application.library.questions.get(ada, failed.result["question_ids"][0])


def test_a_failed_job_that_is_retried_makes_only_what_is_missing(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, job: Job
) -> None:
    def break_off(number: int) -> None:
        if number == 1 or len(writer.calls) > 1:
            raise RuntimeError("broken")

    writer.before_batch = break_off
    failed = run_out_of_attempts(application, clock, job)
    assert failed.status is JobStatus.FAILED
    made = failed.result["question_ids"]
    assert made

    writer.before_batch = lambda _: None
    retried = application.jobs.service.retry(ada, job.id)
    assert (retried.status, retried.error) == (JobStatus.QUEUED, None)
    application.work.runner.run_due()

    done = now(application, job)
    assert (done.status, done.attempts) == (JobStatus.SUCCEEDED, 4)
    assert set(made) < set(done.result["question_ids"])
    assert questions(application, job) == done.result["question_ids"]
    assert len(questions(application, job)) == 15


def run_out_of_attempts(application: Application, clock: ManualClock, job: Job) -> Job:
    while now(application, job).status is JobStatus.QUEUED:
        clock.advance(minutes=10)
        application.work.runner.run_due()
    return now(application, job)


def test_a_part_is_kept_when_the_last_attempt_fails_too(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, job: Job
) -> None:
    def stay_broken(number: int) -> None:
        if number == 1 or len(writer.calls) > 1:
            raise GenerationFailed(
                Message.verbatim("The writer is away.", "provider_unavailable"), is_transient=True
            )

    writer.before_batch = stay_broken

    done = run_out_of_attempts(application, clock, job)

    assert (done.status, done.attempts) == (JobStatus.SUCCEEDED, 3)
    assert (len(done.result["question_ids"]), done.result["requested"]) == (5, 15)
    assert words(done.progress.message) == "Only 5 new questions could be added. The writer is away."


def test_a_waiting_job_that_is_cancelled_is_not_begun(
    application: Application, writer: ScriptedGenerator, ada: str, job: Job
) -> None:
    assert application.jobs.service.cancel(ada, job.id).status is JobStatus.CANCELLED

    assert application.work.runner.run_due() == 0
    assert writer.calls == []


def test_a_cancelled_job_stops_at_the_next_batch_and_keeps_the_rest(
    application: Application, writer: ScriptedGenerator, ada: str, job: Job
) -> None:
    begun = []

    def cancel(number: int) -> None:
        begun.append(number)
        if number == 1:
            asked = application.jobs.service.cancel(ada, job.id)
            assert (asked.status, asked.cancel_requested) == (JobStatus.RUNNING, True)

    writer.before_batch = cancel
    application.work.runner.run_due()

    cancelled = now(application, job)
    assert begun == [0, 1]
    assert (cancelled.status, cancelled.error, cancelled.lease) == (JobStatus.CANCELLED, None, None)
    assert cancelled.progress.done == 10
    assert cancelled.result["question_ids"] == questions(application, job)
    assert len(questions(application, job)) == 10


def test_a_cancellation_that_a_dead_worker_missed_is_done_by_the_next(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, job: Job
) -> None:
    def cancel_and_die(_: int) -> None:
        application.jobs.service.cancel(ada, job.id)
        raise KeyboardInterrupt

    writer.before_batch = cancel_and_die
    with pytest.raises(KeyboardInterrupt):
        application.work.runner.run_due()
    clock.advance(seconds=31)
    application.work.runner.run_due()

    assert now(application, job).status is JobStatus.CANCELLED
    assert len(writer.calls) == 1


@pytest.mark.parametrize("failure", ["provider_unavailable", None])
def test_a_job_that_fails_while_it_is_to_be_cancelled_is_not_run_again(
    application: Application,
    writer: ScriptedGenerator,
    clock: ManualClock,
    ada: str,
    job: Job,
    failure: str | None,
) -> None:
    """The cancellation comes while the writer is about to fail, for a while or for a reason of ours."""

    def cancel_and_fail(_: int) -> None:
        application.jobs.service.cancel(ada, job.id)
        if failure is None:
            raise RuntimeError("a mistake of ours")
        raise GenerationFailed(Message(failure), is_transient=True)

    writer.before_batch = cancel_and_fail
    application.work.runner.run_due()
    assert now(application, job).status is JobStatus.CANCELLED

    clock.advance(minutes=10)
    assert application.work.runner.run_due() == 0
    assert len(writer.calls) == 1


def test_a_stopping_worker_ends_what_it_has_begun_and_takes_no_more(
    application: Application, writer: ScriptedGenerator, ada: str, job: Job
) -> None:
    waiting = application.generation.service.request(ada, a_session(application, ada), 5)
    writer.before_batch = lambda _: application.work.runner.stop_taking()

    assert application.work.runner.run_due() == 1

    assert now(application, job).status is JobStatus.SUCCEEDED
    assert now(application, waiting).status is JobStatus.QUEUED


def test_a_worker_whose_grace_is_over_gives_its_job_back_at_no_cost(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, job: Job
) -> None:
    begun = []

    def stop(number: int) -> None:
        begun.append(number)
        if number == 1:
            application.work.runner.give_back()

    writer.before_batch = stop
    application.work.runner.run_due()

    given_back = now(application, job)
    assert begun == [0, 1]
    assert (given_back.status, given_back.lease, given_back.error) == (JobStatus.QUEUED, None, None)
    assert given_back.max_attempts - given_back.attempts == job.max_attempts
    assert given_back.is_due(clock.now())
    assert len(questions(application, job)) >= 5


def test_a_job_whose_handler_does_not_stop_is_given_back_over_its_head(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, job: Job
) -> None:
    """What the handler goes on to write is refused."""
    seen = []

    def do_not_listen(number: int) -> None:
        if number == 1:
            application.work.runner.give_back_now()
            seen.append(now(application, job))

    writer.before_batch = do_not_listen
    application.work.runner.run_due(limit=1)

    assert now(application, job) == seen[0]
    assert (seen[0].status, seen[0].lease, seen[0].attempts) == (JobStatus.QUEUED, None, 0)
    assert seen[0].is_due(clock.now())
    assert len(questions(application, job)) == 5


def test_as_many_jobs_are_run_as_are_asked_for(application: Application, ada: str, job: Job) -> None:
    others = [application.generation.service.request(ada, a_session(application, ada), 5) for _ in range(2)]

    assert application.work.runner.run_due(limit=1) == 1
    assert [now(application, each).status for each in (job, *others)].count(JobStatus.SUCCEEDED) == 1
