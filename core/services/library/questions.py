"""The questions of a session: read, list, write one's own, edit, pin, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.domain.error_codes import ErrorCode
from core.domain.errors import Conflict, NotFound, PreconditionFailed
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.domain.library.questions import (
    Question,
    QuestionChanges,
    QuestionContent,
    QuestionFilter,
    QuestionSort,
)
from core.domain.library.sessions import distinct_tags
from core.domain.paging import Page, PageRequest
from core.services.jobs.idempotency import IdempotencyService
from core.services.library.sessions import SessionService
from core.services.saving import save_with_retry
from ports.library import QuestionRepository
from ports.system import Clock


class QuestionService:
    def __init__(
        self,
        questions: QuestionRepository,
        sessions: SessionService,
        idempotency: IdempotencyService,
        clock: Clock,
        limits: LibraryLimits = DEFAULT_LIMITS,
    ) -> None:
        self._questions = questions
        self._sessions = sessions
        self._idempotency = idempotency
        self._clock = clock
        self._limits = limits

    def add_custom(
        self, user_id: str, session_id: str, content: QuestionContent, key: IdempotencyKey | None = None
    ) -> Question:
        """Raises NotFound, Conflict (`session_full`), Invalid (`idempotency_key_reused`)."""

        def create(question_id: str) -> Question:
            session = self._sessions.owned(user_id, session_id)
            self.check_room(session_id, 1)
            question = Question.custom(question_id, session, content, self._clock.now())
            self._questions.add(question)
            return question

        def find(question_id: str) -> Question | None:
            return self._questions.get(user_id, question_id)

        return self._idempotency.once(user_id, key, find, create)

    def check_room(self, session_id: str, count: int) -> None:
        """Raises Conflict (`session_full`) if the session cannot take that many more questions."""
        present = self._questions.counts([session_id]).get(session_id, 0)
        most = self._limits.max_questions_per_session
        if present + count > most:
            raise Conflict(
                f"A session holds at most {most} questions; this one has {present}.",
                code=ErrorCode.SESSION_FULL,
            )

    def get(self, user_id: str, question_id: str) -> Question:
        """Raises NotFound."""
        question = self._questions.get(user_id, question_id)
        if question is None:
            raise NotFound("question")
        return question

    def page(
        self, user_id: str, wanted: QuestionFilter, sort: QuestionSort, request: PageRequest
    ) -> Page[Question]:
        wanted = replace(wanted, tags=distinct_tags(wanted.tags))
        return self._questions.page(user_id, wanted, sort, request)

    def page_of_session(
        self,
        user_id: str,
        session_id: str,
        wanted: QuestionFilter,
        sort: QuestionSort,
        request: PageRequest,
    ) -> Page[Question]:
        """Raises NotFound if there is no such session."""
        self._sessions.owned(user_id, session_id)
        return self.page(user_id, replace(wanted, session_ids=(session_id,)), sort, request)

    def update(
        self,
        user_id: str,
        question_id: str,
        changes: QuestionChanges,
        expected_version: int | None = None,
    ) -> Question:
        """Raises NotFound, PreconditionFailed."""
        return self._change(
            user_id,
            question_id,
            lambda current: current.edited(changes, self._clock.now()),
            expected_version,
        )

    def set_pinned(self, user_id: str, question_id: str, pinned: bool) -> Question:
        """Pin or unpin the question. Nothing is written if nothing changes. Raises NotFound."""

        def pin(question: Question) -> Question:
            if question.pinned is pinned:
                return question
            return replace(question, pinned=pinned, updated_at=self._clock.now())

        return self._change(user_id, question_id, pin)

    def _change(
        self,
        user_id: str,
        question_id: str,
        transform: Callable[[Question], Question],
        expected_version: int | None = None,
    ) -> Question:
        return save_with_retry(
            lambda: self.get(user_id, question_id),
            transform,
            self._questions.save,
            expected_version=expected_version,
        )

    def delete(self, user_id: str, question_id: str, expected_version: int | None = None) -> None:
        """Raises NotFound, PreconditionFailed."""
        if not self._questions.remove(user_id, question_id, expected_version):
            self.get(user_id, question_id)
            raise PreconditionFailed
