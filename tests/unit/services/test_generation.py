from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from adapters.bank import QuestionBank
from core.domain.errors import Conflict, NotFound
from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from core.domain.generation.similarity import QuestionSet
from core.domain.jobs.jobs import Job, JobKind, JobStatus
from core.domain.library.limits import LibraryLimits
from core.domain.library.questions import (
    Difficulty,
    Question,
    QuestionChanges,
    QuestionContent,
    QuestionSource,
)
from core.domain.library.sessions import SessionChanges
from core.domain.messages import Message
from core.services.generation.draft_cache import DraftCache
from entrypoints.wiring.application import Application
from tests.building import signed_up, words
from tests.fakes import ManualClock, ScriptedGenerator
from tests.unit.services.asking import a_session, questions_in
from tests.unit.services.conftest import Worker


class RemarkingBank(ScriptedGenerator):
    """Makes a remark with each of its batches."""

    def __init__(self, remark: str) -> None:
        super().__init__(QuestionSource.BANK)
        self.remark = remark

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        for batch in super().generate(brief, count, avoid, should_stop):
            yield replace(batch, remarks=(Message.verbatim(self.remark),))


def remarks_of(job: Job) -> list[str]:
    """As users read them."""
    return [words(Message.from_json(remark)) for remark in job.result["remarks"]]


@pytest.fixture
def question(application: Application, ada: str, session_id: str) -> Question:
    """One of five that were generated."""
    application.generation.service.request(ada, session_id, 5)
    application.work.runner.run_due()
    return questions_in(application, ada, session_id)[2]


def test_it_works(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, session_id: str
) -> None:
    job = application.generation.service.request(
        ada,
        session_id,
        7,
        difficulty=Difficulty.HARD,
        topics=(" Redis ", "redis", "SQL"),
        instructions="Ask about locks.",
    )
    application.work.runner.run_due()

    (brief, count, avoid), *_ = writer.calls
    assert (brief.role, brief.topics, brief.difficulty) == (
        "Backend developer",
        ("Redis", "SQL"),
        Difficulty.HARD,
    )
    assert (brief.instructions, count, avoid) == ("Ask about locks.", 7, ())
    questions = questions_in(application, ada, session_id)
    assert [question.id for question in questions] == list(
        application.jobs.service.get(ada, job.id).result["question_ids"]
    )
    assert len(questions) == 7
    for question in questions:
        assert (question.session_id, question.user_id, question.job_id) == (session_id, ada, job.id)
        assert (question.source, question.difficulty) == (QuestionSource.GROQ, Difficulty.HARD)
        assert (question.tags, question.pinned, question.created_at) == (("scripted",), False, clock.now())


def test_without_topics_those_of_the_session_at_run_time_are_used(
    application: Application, writer: ScriptedGenerator, ada: str, session_id: str
) -> None:
    application.generation.service.request(ada, session_id, 5)
    application.library.sessions.update(ada, session_id, SessionChanges(topics=("Kafka",)))
    application.work.runner.run_due()

    assert writer.calls[0][0].topics == ("Kafka",)


def test_a_session_gets_no_question_twice(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, session_id: str
) -> None:
    for _ in range(3):
        clock.advance(seconds=1)
        application.generation.service.request(ada, session_id, 10)
        application.work.runner.run_due()

    seen = QuestionSet()
    texts = [question.text for question in questions_in(application, ada, session_id)]
    assert len(texts) == 30
    assert all(seen.add(text) for text in texts)
    assert set(writer.calls[-1][2]) == set(texts[:20]), "the writer is told what to avoid"


def test_an_unknown_session_and_somebody_elses_are_not_found(
    application: Application, grace: str, session_id: str
) -> None:
    for asked in (session_id, "unknown"):
        with pytest.raises(NotFound) as refusal:
            application.generation.service.request(grace, asked, 5)
        assert refusal.value.code == "session_not_found"


@pytest.mark.parametrize("library_limits", [LibraryLimits(max_questions_per_session=7)])
def test_a_session_that_would_be_too_full_is_refused(
    application: Application, ada: str, session_id: str
) -> None:
    application.generation.service.request(ada, session_id, 5)
    application.work.runner.run_due()

    with pytest.raises(Conflict) as refusal:
        application.generation.service.request(ada, session_id, 3)

    assert refusal.value.code == "session_full"
    assert application.generation.service.request(ada, session_id, 2).status is JobStatus.QUEUED


def test_regenerating_replaces_text_and_answer_and_keeps_the_rest(
    application: Application,
    writer: ScriptedGenerator,
    clock: ManualClock,
    ada: str,
    question: Question,
) -> None:
    application.library.questions.update(
        ada, question.id, QuestionChanges(tags=("mine",), notes="Asked at Acme.", pinned=True)
    )
    clock.advance(minutes=1)
    job = application.generation.service.request_regeneration(ada, question.id)
    application.work.runner.run_due()

    anew = application.library.questions.get(ada, question.id)
    assert anew.text != question.text
    assert anew.answer != question.answer
    assert (anew.id, anew.topic, anew.difficulty) == (question.id, question.topic, question.difficulty)
    assert (anew.tags, anew.notes, anew.pinned) == (("mine",), "Asked at Acme.", True)
    assert (anew.created_at, anew.updated_at) == (question.created_at, clock.now())
    brief, count, avoid = writer.calls[-1]
    assert (brief.topics, brief.difficulty, count) == ((question.topic,), question.difficulty, 1)
    assert question.text in avoid
    done = application.jobs.service.get(ada, job.id)
    assert (done.kind, done.status) == (JobKind.REGENERATE_QUESTION, JobStatus.SUCCEEDED)
    assert done.result["question_ids"] == [question.id]
    assert done.result["usage"] == {"prompt_tokens": 100, "completion_tokens": 10}


def test_a_custom_question_can_be_regenerated(application: Application, ada: str, session_id: str) -> None:
    custom = application.library.questions.add_custom(
        ada, session_id, QuestionContent(text="Why me?", answer="")
    )
    application.generation.service.request_regeneration(ada, custom.id)
    application.work.runner.run_due()

    anew = application.library.questions.get(ada, custom.id)
    assert anew.text != "Why me?"
    assert anew.source is QuestionSource.GROQ


def test_a_question_that_cannot_be_regenerated_stays_as_it_is(
    application: Application, writer: ScriptedGenerator, ada: str, question: Question
) -> None:
    writer.fail_next("quota_exceeded", is_transient=False)
    job = application.generation.service.request_regeneration(ada, question.id)
    application.work.runner.run_due()

    failed = application.jobs.service.get(ada, job.id)
    assert failed.error is not None
    assert failed.error.code == "quota_exceeded"
    assert application.library.questions.get(ada, question.id) == question


def test_a_question_that_is_deleted_meanwhile_is_not_brought_back(
    application: Application, writer: ScriptedGenerator, ada: str, question: Question
) -> None:
    job = application.generation.service.request_regeneration(ada, question.id)
    writer.before_batch = lambda _: application.library.questions.delete(ada, question.id)
    application.work.runner.run_due()

    failed = application.jobs.service.get(ada, job.id)
    assert (failed.status, failed.attempts) == (JobStatus.FAILED, 1)
    assert failed.error is not None
    assert failed.error.code == "question_not_found"
    with pytest.raises(NotFound):
        application.library.questions.get(ada, question.id)


def test_a_cancelled_regeneration_leaves_the_question_alone(
    application: Application, writer: ScriptedGenerator, ada: str, question: Question
) -> None:
    job = application.generation.service.request_regeneration(ada, question.id)

    def cancel(_: int) -> None:
        application.jobs.service.cancel(ada, job.id)

    writer.before_batch = cancel
    application.work.runner.run_due()

    assert application.jobs.service.get(ada, job.id).status is JobStatus.CANCELLED
    assert application.library.questions.get(ada, question.id) == question


def test_an_edit_made_while_a_question_is_regenerated_is_not_lost(
    application: Application, writer: ScriptedGenerator, ada: str, question: Question
) -> None:
    def pin(_: int) -> None:
        application.library.questions.set_pinned(ada, question.id, True)

    application.generation.service.request_regeneration(ada, question.id)
    writer.before_batch = pin
    application.work.runner.run_due()

    anew = application.library.questions.get(ada, question.id)
    assert anew.pinned
    assert anew.text != question.text


def test_an_unknown_question_and_somebody_elses_are_not_found(
    application: Application, ada: str, grace: str, question: Question
) -> None:
    for user_id, question_id in ((ada, "unknown"), (grace, question.id)):
        with pytest.raises(NotFound) as refusal:
            application.generation.service.request_regeneration(user_id, question_id)
        assert refusal.value.code == "question_not_found"


def test_the_same_brief_again_is_answered_from_what_was_written_before(
    application: Application, writer: ScriptedGenerator, ada: str, grace: str, session_id: str
) -> None:
    application.generation.service.request(ada, session_id, 10)
    application.work.runner.run_due()
    asked = len(writer.calls)

    graces_session = a_session(application, grace, role="  backend DEVELOPER ")
    job = application.generation.service.request(grace, graces_session, 10)
    application.work.runner.run_due()

    assert len(writer.calls) == asked
    done = application.jobs.service.get(grace, job.id)
    assert done.result["usage"] == {"prompt_tokens": 0, "completion_tokens": 0}
    adas = [question.text for question in questions_in(application, ada, session_id)]
    graces = [question.text for question in questions_in(application, grace, graces_session)]
    assert graces == adas


@pytest.mark.parametrize("stored", [b"{", b"null", b"[[1]]", b'[["groq", {"text": "Why?"}]]', b"[[]]"])
def test_drafts_that_another_release_has_cached_are_written_anew(
    application: Application, writer: ScriptedGenerator, ada: str, session_id: str, stored: bytes
) -> None:
    cache = application.foundation.shared.cache
    application.generation.service.request(ada, session_id, 1)
    application.work.runner.run_due()
    brief = writer.calls[0][0]
    assert DraftCache(cache).drafts(brief)
    cache.put(f"questions:{brief.fingerprint}", stored, 60)

    assert DraftCache(cache).drafts(brief) == []


def test_a_second_attempt_does_not_overwrite_a_regenerated_question(
    application: Application, writer: ScriptedGenerator, clock: ManualClock, ada: str, session_id: str
) -> None:
    def fail_at_the_second_batch(number: int) -> None:
        if number == 1:
            raise GenerationFailed(
                Message.verbatim("The writer is away.", "provider_unavailable"), is_transient=True
            )

    writer.before_batch = fail_at_the_second_batch
    application.generation.service.request(ada, session_id, 8)
    application.work.runner.run_due()
    writer.before_batch = lambda number: None
    first = questions_in(application, ada, session_id)[0]
    application.generation.service.request_regeneration(ada, first.id)
    application.work.runner.run_due()
    regenerated = application.library.questions.get(ada, first.id)

    clock.advance(minutes=5)
    application.work.runner.run_due()

    assert regenerated.text != first.text
    assert application.library.questions.get(ada, first.id) == regenerated
    assert len(questions_in(application, ada, session_id)) == 8


@pytest.mark.parametrize("library_limits", [LibraryLimits(max_questions_per_session=100)])
def test_jobs_that_wait_together_do_not_overfill_a_session(
    application: Application, ada: str, session_id: str
) -> None:
    for _ in range(50):
        application.library.questions.add_custom(
            ada, session_id, QuestionContent(text="My own?", answer="Yes.")
        )
    jobs = [application.generation.service.request(ada, session_id, 30) for _ in range(3)]
    application.work.runner.run_due()

    ended = [application.jobs.service.get(ada, job.id) for job in jobs]
    assert [len(job.result.get("question_ids", ())) for job in ended] == [30, 20, 0]
    assert ended[2].error is not None
    assert ended[2].error.code == "session_full"


def test_without_remarks_the_result_has_none(application: Application, ada: str, session_id: str) -> None:
    job = application.generation.service.request(ada, session_id, 5)
    application.work.runner.run_due()

    assert remarks_of(application.jobs.service.get(ada, job.id)) == []


def test_remarks_on_topics_are_told_once_with_result_and_message(worker: Worker) -> None:
    bank = RemarkingBank("“K8s” was mapped to “DevOps”.")
    application = worker(bank)
    ada = signed_up(application, "ada@example.com").user.id
    job = application.generation.service.request(ada, a_session(application, ada), 10)
    application.work.runner.run_due()

    done = application.jobs.service.get(ada, job.id)
    assert remarks_of(done) == ["“K8s” was mapped to “DevOps”."]
    assert words(done.progress.message) == "Done. “K8s” was mapped to “DevOps”."


def test_remarks_of_an_earlier_attempt_are_kept(worker: Worker, clock: ManualClock) -> None:
    bank = RemarkingBank("The question bank has no questions on “Knitting”.")
    application = worker(bank)
    ada = signed_up(application, "ada@example.com").user.id
    job = application.generation.service.request(ada, a_session(application, ada), 10)

    def fail_at_the_second_batch(number: int) -> None:
        if number == 1:
            bank.remark = "“K8s” was mapped to “DevOps”."
            raise GenerationFailed(
                Message.verbatim("The writer is away.", "provider_unavailable"), is_transient=True
            )

    bank.before_batch = fail_at_the_second_batch
    application.work.runner.run_due()
    bank.before_batch = lambda number: None
    clock.advance(minutes=5)
    application.work.runner.run_due()

    assert remarks_of(application.jobs.service.get(ada, job.id)) == [
        "The question bank has no questions on “Knitting”.",
        "“K8s” was mapped to “DevOps”.",
    ]


def test_a_regenerated_question_has_the_topic_of_the_bank(worker: Worker) -> None:
    application = worker(QuestionBank())
    ada = signed_up(application, "ada@example.com").user.id
    session_id = a_session(application, ada)
    custom = application.library.questions.add_custom(
        ada, session_id, QuestionContent(text="What is a Pod?", answer="", topic="Kubernetes")
    )
    job = application.generation.service.request_regeneration(ada, custom.id)
    application.work.runner.run_due()

    done = application.jobs.service.get(ada, job.id)
    assert application.library.questions.get(ada, custom.id).topic == "DevOps"
    assert remarks_of(done) == ["“Kubernetes” was mapped to “DevOps”."]
    assert words(done.progress.message) == "Done. “Kubernetes” was mapped to “DevOps”."


def test_a_job_tells_that_the_ai_is_unavailable_and_of_the_bank(worker: Worker) -> None:
    groq = ScriptedGenerator()
    groq.fail_next("provider_unavailable", is_transient=True)
    application = worker(groq, QuestionBank(), job_max_attempts=1)
    ada = signed_up(application, "ada@example.com").user.id
    session_id = a_session(application, ada)
    job = application.generation.service.request(ada, session_id, 5, topics=("underwater basket weaving",))
    application.work.runner.run_due()

    failed = application.jobs.service.get(ada, job.id)
    assert failed.error is not None
    assert failed.error.code == "provider_unavailable"
    assert words(failed.error).startswith(
        "The writer is away. The question bank has no questions on “underwater basket weaving”. "
        "It knows only: Algorithms and data structures, "
    )


def test_the_writers_are_closed_with_the_application(
    application: Application, writer: ScriptedGenerator
) -> None:
    application.close()

    assert writer.is_closed
