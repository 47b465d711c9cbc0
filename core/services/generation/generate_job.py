"""The job that adds questions to a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from core.domain.jobs.jobs import Job, JobFailure, JobKind, JobStatus, Progress
from core.domain.json import JsonObject
from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.domain.library.questions import Difficulty, Question, QuestionDraft
from core.domain.library.sessions import Session, distinct_tags
from core.domain.live.notifications import NotificationType
from core.domain.mail.messages import EmailMessage, GenerationComplete
from core.domain.messages import Message
from core.domain.retries import RetryPolicy
from core.services.generation.question_jobs import session_of
from core.services.generation.results import GenerationResult
from core.services.generation.sourcing import QuestionSourcing
from core.services.jobs.attempts import JobAttempt
from core.services.live.notifications import Notice
from ports.library import QuestionRepository, SessionRepository
from ports.links import Links
from ports.system import Clock, Ids

_WRITING = Message("writing_questions")


@dataclass(frozen=True, slots=True)
class GenerationParams:
    """Without `topics`, the session's are used; without `difficulty`, a mix that suits the experience."""

    session_id: str
    count: int
    difficulty: Difficulty | None = None
    topics: tuple[str, ...] = ()
    instructions: str = ""

    @classmethod
    def from_json(cls, params: JsonObject) -> Self:
        difficulty = params.get("difficulty")
        return cls(
            session_id=params["session_id"],
            count=int(params["count"]),
            difficulty=Difficulty(difficulty) if difficulty else None,
            topics=tuple(params.get("topics", ())),
            instructions=params.get("instructions", ""),
        )

    def to_json(self) -> JsonObject:
        return {
            "session_id": self.session_id,
            "count": self.count,
            "difficulty": self.difficulty.value if self.difficulty else None,
            "topics": list(self.topics),
            "instructions": self.instructions,
        }

    def brief(self, session: Session) -> Brief:
        return Brief(
            role=session.role,
            experience=session.experience,
            topics=self.topics or session.topics,
            difficulty=self.difficulty,
            instructions=self.instructions,
        )


class GenerateQuestions:
    """The job type. Questions are stored as they arrive, with ids derived from the job's id."""

    kind = JobKind.GENERATE_QUESTIONS
    retry_policy = RetryPolicy()

    def __init__(
        self,
        sessions: SessionRepository,
        questions: QuestionRepository,
        sourcing: QuestionSourcing,
        links: Links,
        clock: Clock,
        ids: Ids,
        limits: LibraryLimits = DEFAULT_LIMITS,
    ) -> None:
        self._sessions = sessions
        self._questions = questions
        self._sourcing = sourcing
        self._links = links
        self._clock = clock
        self._ids = ids
        self._limits = limits

    def run(self, attempt: JobAttempt) -> JsonObject:
        job = attempt.job
        params = GenerationParams.from_json(job.params)
        session = session_of(job.user_id, params.session_id, self._sessions)
        made = {question.id for question in self._questions.of_job(session.id, job.id)}
        free = [question_id for question_id in self._ids_of(job, params.count) if question_id not in made]
        result = GenerationResult.so_far(job, params.count).made(made)
        present = self._questions.texts_of_session(session.id)
        free = free[: max(self._limits.max_questions_per_session - len(present), 0)]
        if not free and not made:
            raise JobFailure(Message("session_full"), is_transient=False)
        attempt.report(Progress(len(made), params.count, _WRITING), result.to_json())
        batches = self._sourcing.write(params.brief(session), len(free), present, attempt.should_stop)
        try:
            for batch in batches:
                attempt.confirm()
                session_of(job.user_id, params.session_id, self._sessions)
                stored = [
                    self._question(job, session.id, free.pop(0), batch, draft) for draft in batch.drafts
                ]
                self._questions.put(stored)
                made.update(question.id for question in stored)
                result = result.plus(batch).made(made)
                attempt.report(Progress(len(made), params.count, _WRITING), result.to_json())
        except GenerationFailed as failure:
            _give_up_unless_enough(job, failure, has_made_some=bool(made))
            result = result.remarking(failure.message)
        attempt.check()
        attempt.report(Progress(len(made), params.count, result.summary()), result.to_json())
        return result.to_json()

    def _ids_of(self, job: Job, count: int) -> list[str]:
        return [self._ids.derived(job.id, at=job.created_at, index=index) for index in range(count)]

    def _question(
        self, job: Job, session_id: str, question_id: str, batch: Batch, draft: QuestionDraft
    ) -> Question:
        now = self._clock.now()
        return Question(
            id=question_id,
            session_id=session_id,
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

    def notice(self, job: Job) -> Notice | None:
        data = {"job_id": job.id, "session_id": GenerationParams.from_json(job.params).session_id}
        if job.error is not None:
            return Notice(NotificationType.GENERATION_FAILED, data, {"error": job.error.to_json()})
        if job.status is not JobStatus.SUCCEEDED:
            return None
        result = GenerationResult.from_json(job.result)
        made = len(result.question_ids)
        is_complete = "yes" if made == result.requested else "no"
        values = {"made": made, "requested": result.requested, "is_complete": is_complete}
        return Notice(NotificationType.GENERATION_COMPLETE, data, values)

    def email(self, job: Job) -> EmailMessage | None:
        params = GenerationParams.from_json(job.params)
        session = self._sessions.get(job.user_id, params.session_id)
        if session is None or job.status is JobStatus.CANCELLED:
            return None
        return GenerationComplete(
            role=session.role,
            made=len(GenerationResult.from_json(job.result).question_ids),
            requested=params.count,
            session_url=self._links.session(session.id),
            error=job.error,
        )


def _give_up_unless_enough(job: Job, failure: GenerationFailed, *, has_made_some: bool) -> None:
    """Raise JobFailure, unless some questions were made and the failure is not transient: then they are the
    result."""
    if not has_made_some or (failure.is_transient and job.has_attempts_left):
        raise JobFailure(failure.message, is_transient=failure.is_transient) from failure
