"""Common parts of the jobs that write questions."""

from __future__ import annotations

from core.domain.errors import NotFound
from core.domain.library.sessions import Session
from ports.library import SessionRepository


def one_writer_in(session_id: str) -> str:
    """The exclusive key of a session: two jobs at a time could write the same question into it."""
    return f"questions:{session_id}"


def session_of(user_id: str, session_id: str, sessions: SessionRepository) -> Session:
    """Raises NotFound."""
    session = sessions.get(user_id, session_id)
    if session is None:
        raise NotFound("session")
    return session
