"""Questions on request: asked for by the user, written by a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.errors import NotFound
from core.domain.generation.briefs import Batch, Brief, GenerationFailed, GenerationRequest
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import Job, JobFailure, JobKind, Progress
from core.domain.json import JsonObject
from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.domain.library.questions import Difficulty, Question, QuestionDraft
from core.domain.library.sessions import Session, distinct_tags
from core.services.generation.results import GenerationResult
from core.services.generation.sourcing import QuestionSourcing
from core.services.jobs.attempts import JobAttempt
from core.services.jobs.jobs import JobService
from core.services.library.questions import QuestionService
from core.services.library.sessions import SessionService
from core.services.saving import save_with_retry
from ports.library import QuestionRepository, SessionRepository
from ports.system import Clock, Ids


class GenerationService:
    """What the user asks for."""

    def __init__(self, sessions: SessionService, questions: QuestionService, jobs: JobService) -> None:
        self._sessions = sessions
        self._questions = questions
        self._jobs = jobs

    def request(
        self,
        user_id: str,
        session_id: str,
        count: int,
        *,
        difficulty: Difficulty | None = None,
        topics: Sequence[str] = (),
        instructions: str = "",
        key: IdempotencyKey | None = None,
    ) -> Job:
        """A job that adds `count` questions to the session. Without topics, the session's are meant.

        Raises NotFound, Conflict (`session_full`), Invalid (a rule is broken, or `idempotency_key_reused`).
        """
        earlier = self._jobs.earlier(user_id, key)
        if earlier is not None:
            return earlier
        wanted = GenerationRequest(count, difficulty, tuple(topics), instructions)
        self._sessions.owned(user_id, session_id)
        self._questions.check_room(session_id, wanted.count)
        params = {
            "session_id": session_id,
            "count": wanted.count,
            "difficulty": wanted.difficulty.value if wanted.difficulty else None,
            "topics": list(wanted.topics),
            "instructions": wanted.instructions,
        }
        return self._jobs.start(
            user_id,
            JobKind.GENERATE_QUESTIONS,
            params,
            total=wanted.count,
            key=key,
            exclusive_key=_one_writer_in(session_id),
        )

    def request_regeneration(self, user_id: str, question_id: str, key: IdempotencyKey | None = None) -> Job:
        """A job that writes another question in place of this one.

        Raises NotFound, Invalid (`idempotency_key_reused`).
        """
        earlier = self._jobs.earlier(user_id, key)
        if earlier is not None:
            return earlier
        question = self._questions.get(user_id, question_id)
        params = {"question_id": question.id, "session_id": question.session_id}
        return self._jobs.start(
            user_id,
            JobKind.REGENERATE_QUESTION,
            params,
            total=1,
            key=key,
            exclusive_key=_one_writer_in(question.session_id),
        )


class GenerateQuestions:
    """The handler: questions are stored as they arrive, under ids derived from the job's id."""

    kind = JobKind.GENERATE_QUESTIONS

    def __init__(
        self,
        sessions: SessionRepository,
        questions: QuestionRepository,
        writer: QuestionSourcing,
        clock: Clock,
        ids: Ids,
        limits: LibraryLimits = DEFAULT_LIMITS,
    ) -> None:
        self._sessions = sessions
        self._questions = questions
        self._writer = writer
        self._clock = clock
        self._ids = ids
        self._limits = limits

    def run(self, work: JobAttempt) -> JsonObject:
        job = work.job
        session = _session_of(job, self._sessions)
        count = int(job.params["count"])
        made = {question.id: question for question in self._questions.of_job(session.id, job.id)}
        slots = [
            question_id
            for question_id in (
                self._ids.derived(job.id, at=job.created_at, index=index) for index in range(count)
            )
            if question_id not in made
        ]
        result = GenerationResult.so_far(job, count)
        present = self._questions.texts_of_session(session.id)
        slots = slots[: max(self._limits.max_questions_per_session - len(present), 0)]
        if not slots and not made:
            raise JobFailure("session_full", "The session is full by now.", is_transient=False)
        work.report(Progress(len(made), count, "Writing questions"), result.content(made))
        try:
            for batch in self._writer.write(_brief(job, session), len(slots), present, work.should_stop):
                work.confirm()
                _session_of(job, self._sessions)
                stored = [self._question(job, slots.pop(0), batch, draft) for draft in batch.drafts]
                self._questions.put(stored)
                made.update((question.id, question) for question in stored)
                result = result.plus(batch)
                work.report(Progress(len(made), count, "Writing questions"), result.content(made))
        except GenerationFailed as failure:
            self._give_up_unless_enough(job, failure, made)
            result = result.remarking(failure.detail)
        work.check()
        content = result.content(made)
        work.report(Progress(len(made), count, result.summary(len(made))), content)
        return content

    def _give_up_unless_enough(self, job: Job, failure: GenerationFailed, made: dict[str, Question]) -> None:
        """A part is better than nothing, but only once asking again for the rest is out of the question."""
        if not made or (failure.is_transient and job.has_attempts_left):
            raise JobFailure(failure.code, failure.detail, is_transient=failure.is_transient) from failure

    def _question(self, job: Job, question_id: str, batch: Batch, draft: QuestionDraft) -> Question:
        now = self._clock.now()
        return Question(
            id=question_id,
            session_id=job.params["session_id"],
            user_id=job.user_id,
            text=draft.text,
            answer=draft.answer,
            difficulty=draft.difficulty,
            topic=draft.topic,
            category=draft.category,
            tags=distinct_tags(draft.tags),
            source=batch.source,
            created_at=now,
            updated_at=now,
            job_id=job.id,
        )


class RegenerateQuestion:
    """The handler: another text and answer; id, pin, notes and tags stay."""

    kind = JobKind.REGENERATE_QUESTION

    def __init__(
        self,
        sessions: SessionRepository,
        questions: QuestionRepository,
        writer: QuestionSourcing,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._questions = questions
        self._writer = writer
        self._clock = clock

    def run(self, work: JobAttempt) -> JsonObject:
        job = work.job
        session = _session_of(job, self._sessions)
        question = self._question(job)
        result = GenerationResult.so_far(job, requested=1)
        if question.rewritten_by != job.id:
            work.report(Progress(0, 1, "Writing another question"), result.content(()))
            brief = replace(_brief(job, session), topics=(question.topic,), difficulty=question.difficulty)
            for batch in self._written(brief, self._questions.texts_of_session(session.id), work):
                result = result.plus(batch)
                if batch.drafts:
                    work.confirm()
                    work.check()
                    self._replace(job, batch, batch.drafts[0])
        work.check()
        content = result.content((question.id,))
        work.report(Progress(1, 1, result.summary(made=1)), content)
        return content

    def _written(self, brief: Brief, present: Sequence[str], work: JobAttempt) -> list[Batch]:
        try:
            return list(self._writer.write(brief, 1, present, work.should_stop))
        except GenerationFailed as failure:
            raise JobFailure(failure.code, failure.detail, is_transient=failure.is_transient) from failure

    def _question(self, job: Job) -> Question:
        question = self._questions.get(job.user_id, job.params["question_id"])
        if question is None:
            raise NotFound("question")
        return question

    def _replace(self, job: Job, batch: Batch, draft: QuestionDraft) -> None:
        def rewritten(question: Question) -> Question:
            return replace(
                question,
                text=draft.text,
                answer=draft.answer,
                topic=draft.topic,
                category=draft.category,
                source=batch.source,
                rewritten_by=job.id,
                updated_at=self._clock.now(),
            )

        save_with_retry(lambda: self._question(job), rewritten, self._questions.save)


def _one_writer_in(session_id: str) -> str:
    """Two jobs that write into one session at a time could both write the same question."""
    return f"questions:{session_id}"


def _session_of(job: Job, sessions: SessionRepository) -> Session:
    session = sessions.get(job.user_id, job.params["session_id"])
    if session is None:
        raise NotFound("session")
    return session


def _brief(job: Job, session: Session) -> Brief:
    difficulty = job.params.get("difficulty")
    return Brief(
        role=session.role,
        experience=session.experience,
        topics=tuple(job.params.get("topics") or session.topics),
        difficulty=Difficulty(difficulty) if difficulty else None,
        instructions=job.params.get("instructions", ""),
    )
