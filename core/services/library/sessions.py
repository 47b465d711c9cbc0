"""Interview sessions: create, read, update, list and delete."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from core.domain.error_codes import ErrorCode
from core.domain.errors import Conflict, NotFound
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.domain.library.sessions import (
    Session,
    SessionChanges,
    SessionContent,
    SessionFilter,
    distinct_tags,
)
from core.domain.paging import Page, PageRequest
from core.services.jobs.idempotency import IdempotencyService
from core.services.saving import save_with_retry
from ports.library import QuestionRepository, SessionRepository
from ports.system import Clock

_REMEMBER_DELETED = timedelta(hours=1)
"""The time that a deleted session is kept, so that a running job notices the deletion."""


@dataclass(frozen=True, slots=True)
class CountedSession:
    """A session with the number of its questions."""

    session: Session
    question_count: int


class SessionService:
    def __init__(
        self,
        sessions: SessionRepository,
        questions: QuestionRepository,
        idempotency: IdempotencyService,
        clock: Clock,
        limits: LibraryLimits = DEFAULT_LIMITS,
    ) -> None:
        self._sessions = sessions
        self._questions = questions
        self._idempotency = idempotency
        self._clock = clock
        self._limits = limits

    def create(
        self, user_id: str, content: SessionContent, key: IdempotencyKey | None = None
    ) -> CountedSession:
        """Raises Conflict (`too_many_sessions`), Invalid (`idempotency_key_reused`)."""

        def create(session_id: str) -> Session:
            self._check_room(user_id)
            session = Session.made(session_id, user_id, content, self._clock.now())
            self._sessions.add(session)
            return session

        def find(session_id: str) -> Session | None:
            return self._sessions.get(user_id, session_id)

        session = self._idempotency.once(user_id, key, find, create)
        return self._counted((session,))[0]

    def _check_room(self, user_id: str) -> None:
        """Requests that come at the same moment may exceed the limit, by their number."""
        most = self._limits.max_sessions_per_user
        if self._sessions.count(user_id) >= most:
            raise Conflict(
                f"You can have at most {most} sessions. Delete one that you no longer need.",
                code=ErrorCode.TOO_MANY_SESSIONS,
            )

    def get(self, user_id: str, session_id: str) -> CountedSession:
        """Raises NotFound."""
        return self._counted((self.owned(user_id, session_id),))[0]

    def owned(self, user_id: str, session_id: str) -> Session:
        """Raises NotFound."""
        session = self._sessions.get(user_id, session_id)
        if session is None:
            raise NotFound("session")
        return session

    def _counted(self, sessions: tuple[Session, ...]) -> tuple[CountedSession, ...]:
        counts = self._questions.counts([session.id for session in sessions]) if sessions else {}
        return tuple(CountedSession(session, counts.get(session.id, 0)) for session in sessions)

    def page(self, user_id: str, wanted: SessionFilter, request: PageRequest) -> Page[CountedSession]:
        """Newest first."""
        wanted = replace(wanted, tags=distinct_tags(wanted.tags))
        page = self._sessions.page(user_id, wanted, request)
        return Page(self._counted(page.items), page.next_after)

    def update(
        self,
        user_id: str,
        session_id: str,
        changes: SessionChanges,
        expected_version: int | None = None,
    ) -> CountedSession:
        """Raises NotFound, PreconditionFailed."""
        session = save_with_retry(
            lambda: self.owned(user_id, session_id),
            lambda current: current.edited(changes, self._clock.now()),
            self._sessions.save,
            expected_version=expected_version,
        )
        return self._counted((session,))[0]

    def delete(self, user_id: str, session_id: str, expected_version: int | None = None) -> None:
        """Delete the session with its questions. Raises NotFound, PreconditionFailed.

        One write marks the session as deleted. Its questions are removed now, or by the next sweep if this
        process dies.
        """
        session = save_with_retry(
            lambda: self.owned(user_id, session_id),
            lambda current: current.deleted(self._clock.now()),
            self._sessions.save,
            expected_version=expected_version,
        )
        self._questions.remove_of_session(session.id)

    def sweep(self, limit: int = 100) -> int:
        """Finish deletions: remove the rest of sessions deleted a while ago; return how many."""
        gone = self._sessions.deleted_before(self._clock.now() - _REMEMBER_DELETED, limit)
        for session in gone:
            self._questions.remove_of_session(session.id)
            self._sessions.remove(session.id)
        return len(gone)
