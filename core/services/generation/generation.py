"""Requests to generate questions and to regenerate one."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.generation.briefs import GenerationRequest
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import Job, JobKind
from core.domain.library.questions import Difficulty
from core.services.generation.generate_job import GenerationParams
from core.services.generation.question_jobs import one_writer_in
from core.services.generation.regenerate_job import RegenerationParams
from core.services.identity.email_verification import EmailVerificationService
from core.services.jobs.jobs import JobService, NewJob
from core.services.library.questions import QuestionService
from core.services.library.sessions import SessionService


class GenerationService:
    def __init__(
        self,
        sessions: SessionService,
        questions: QuestionService,
        jobs: JobService,
        email_verification: EmailVerificationService,
    ) -> None:
        self._sessions = sessions
        self._questions = questions
        self._jobs = jobs
        self._email_verification = email_verification

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
        """Start a job that adds `count` questions to the session. Without topics, the session's are used.

        Raises NotFound, Conflict (`session_full`), Invalid (a rule is broken, or `idempotency_key_reused`),
        Forbidden (`email_not_verified`).
        """

        def prepare() -> NewJob:
            self._email_verification.check_verified(user_id)
            wanted = GenerationRequest(count, difficulty, tuple(topics), instructions)
            self._sessions.owned(user_id, session_id)
            self._questions.check_room(session_id, wanted.count)
            params = GenerationParams(
                session_id, wanted.count, wanted.difficulty, wanted.topics, wanted.instructions
            )
            return NewJob(
                JobKind.GENERATE_QUESTIONS, params.to_json(), wanted.count, one_writer_in(session_id)
            )

        return self._jobs.start_once(user_id, key, prepare)

    def request_regeneration(self, user_id: str, question_id: str, key: IdempotencyKey | None = None) -> Job:
        """Start a job that replaces this question with another one.

        Raises NotFound, Invalid (`idempotency_key_reused`), Forbidden (`email_not_verified`).
        """

        def prepare() -> NewJob:
            self._email_verification.check_verified(user_id)
            question = self._questions.get(user_id, question_id)
            params = RegenerationParams(question.id, question.session_id)
            return NewJob(
                JobKind.REGENERATE_QUESTION, params.to_json(), 1, one_writer_in(question.session_id)
            )

        return self._jobs.start_once(user_id, key, prepare)
