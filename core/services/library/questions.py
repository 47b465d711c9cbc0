"""The questions of a session: read, list, write one's own, edit, pin, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict

from core.domain.errors import Conflict, NotFound, PreconditionFailed
from core.domain.library.questions import Difficulty, Question, QuestionFilter, QuestionSort, QuestionSource
from core.domain.library.sessions import MAX_QUESTIONS_PER_SESSION, distinct_tags
from core.domain.paging import Page, PageRequest
from core.services.library.sessions import SessionService
from core.services.saving import save_with_retry
from ports.library import QuestionRepository
from ports.system import Clock, Ids


class QuestionContent(TypedDict, total=False):
    """The part of a question that its user decides."""

    text: str
    answer: str
    difficulty: Difficulty
    topic: str
    category: str
    tags: tuple[str, ...]
    notes: str
    pinned: bool


def _tidied(content: QuestionContent) -> QuestionContent:
    tidy = content.copy()
    if "tags" in tidy:
        tidy["tags"] = distinct_tags(tidy["tags"])
    return tidy


class QuestionService:
    def __init__(
        self, questions: QuestionRepository, sessions: SessionService, clock: Clock, ids: Ids
    ) -> None:
        self._questions = questions
        self._sessions = sessions
        self._clock = clock
        self._ids = ids

    def add_custom(self, user_id: str, session_id: str, content: QuestionContent) -> Question:
        """Raises NotFound, or Conflict (`session_full`)."""
        session = self._sessions.owned(user_id, session_id)
        self.check_room(session_id, 1)
        now = self._clock.now()
        written: QuestionContent = {
            "difficulty": Difficulty.MEDIUM,
            "topic": session.topics[0],
            **_tidied(content),
        }
        question = Question(
            id=self._ids.new(),
            session_id=session_id,
            user_id=user_id,
            source=QuestionSource.CUSTOM,
            created_at=now,
            updated_at=now,
            **written,
        )
        self._questions.add(question)
        return question

    def check_room(self, session_id: str, count: int) -> None:
        """Raises Conflict (`session_full`) if the session cannot take that many more questions."""
        present = self._questions.counts([session_id]).get(session_id, 0)
        if present + count > MAX_QUESTIONS_PER_SESSION:
            raise Conflict(
                f"A session holds at most {MAX_QUESTIONS_PER_SESSION} questions; this one has {present}.",
                code="session_full",
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
        content: QuestionContent,
        expected_version: int | None = None,
    ) -> Question:
        """Change what `content` holds. Raises NotFound, PreconditionFailed."""
        tidy = _tidied(content)
        return self._change(
            user_id,
            question_id,
            lambda current: replace(current, updated_at=self._clock.now(), **tidy) if tidy else current,
            expected_version,
        )

    def set_pinned(self, user_id: str, question_id: str, pinned: bool) -> Question:
        """Pin or unpin; nothing is written if it is so already. Raises NotFound."""

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
        if expected_version is not None and self.get(user_id, question_id).version != expected_version:
            raise PreconditionFailed
        if not self._questions.remove(user_id, question_id):
            raise NotFound("question")
