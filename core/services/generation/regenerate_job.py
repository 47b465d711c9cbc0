"""The job that replaces a question with another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from core.domain.errors import NotFound
from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from core.domain.jobs.jobs import Job, JobFailure, JobKind, JobStatus, Progress
from core.domain.json import JsonObject
from core.domain.library.questions import Question, QuestionDraft
from core.domain.live.notifications import NotificationType
from core.domain.mail.messages import EmailMessage
from core.domain.messages import Message
from core.domain.retries import RetryPolicy
from core.services.generation.question_jobs import session_of
from core.services.generation.results import GenerationResult
from core.services.generation.sourcing import QuestionSourcing
from core.services.jobs.attempts import JobAttempt
from core.services.live.notifications import Notice
from core.services.saving import save_with_retry
from ports.library import QuestionRepository, SessionRepository
from ports.system import Clock


@dataclass(frozen=True, slots=True)
class RegenerationParams:
    question_id: str
    session_id: str

    @classmethod
    def from_json(cls, params: JsonObject) -> Self:
        return cls(params["question_id"], params["session_id"])

    def to_json(self) -> JsonObject:
        return {"question_id": self.question_id, "session_id": self.session_id}


class RegenerateQuestion:
    """The job type. Text, answer, topic and category change; id, pin, notes and tags do not."""

    kind = JobKind.REGENERATE_QUESTION
    retry_policy = RetryPolicy()

    def __init__(
        self,
        sessions: SessionRepository,
        questions: QuestionRepository,
        sourcing: QuestionSourcing,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._questions = questions
        self._sourcing = sourcing
        self._clock = clock

    def run(self, attempt: JobAttempt) -> JsonObject:
        job = attempt.job
        params = RegenerationParams.from_json(job.params)
        session = session_of(job.user_id, params.session_id, self._sessions)
        question = self._question(job.user_id, params.question_id)
        result = GenerationResult.so_far(job, requested=1)
        if question.rewritten_by != job.id:
            attempt.report(Progress(0, 1, Message("writing_another_question")), result.to_json())
            brief = Brief(session.role, session.experience, (question.topic,), question.difficulty)
            for batch in self._written(brief, self._questions.texts_of_session(session.id), attempt):
                result = result.plus(batch)
                if batch.drafts:
                    attempt.confirm()
                    attempt.check()
                    self._replace(job, question.id, batch, batch.drafts[0])
        attempt.check()
        result = result.made([question.id])
        attempt.report(Progress(1, 1, result.summary()), result.to_json())
        return result.to_json()

    def _written(self, brief: Brief, present: Sequence[str], attempt: JobAttempt) -> list[Batch]:
        try:
            return list(self._sourcing.write(brief, 1, present, attempt.should_stop))
        except GenerationFailed as failure:
            raise JobFailure(failure.message, is_transient=failure.is_transient) from failure

    def _question(self, user_id: str, question_id: str) -> Question:
        question = self._questions.get(user_id, question_id)
        if question is None:
            raise NotFound("question")
        return question

    def _replace(self, job: Job, question_id: str, batch: Batch, draft: QuestionDraft) -> None:
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

        save_with_retry(lambda: self._question(job.user_id, question_id), rewritten, self._questions.save)

    def notice(self, job: Job) -> Notice | None:
        params = RegenerationParams.from_json(job.params)
        data = {"job_id": job.id, "session_id": params.session_id, "question_id": params.question_id}
        if job.error is not None:
            return Notice(NotificationType.REGENERATION_FAILED, data, {"error": job.error.to_json()})
        return (
            Notice(NotificationType.REGENERATION_COMPLETE, data)
            if job.status is JobStatus.SUCCEEDED
            else None
        )

    def email(self, job: Job) -> EmailMessage | None:
        """None: a single question does not need an email."""
        return None
