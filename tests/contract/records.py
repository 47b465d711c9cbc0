"""Records to store, of which a test says only what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from core.domain.identity.audit import Origin, Outcome, SecurityAction, SecurityEvent
from core.domain.identity.logins import Login
from core.domain.identity.users import User
from core.domain.jobs.jobs import Job, JobKind
from core.domain.library.exports import EXPORT_LIFETIME, Export, ExportFormat, ExportOptions
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session
from core.domain.live.notifications import Notification, NotificationType
from core.domain.mail.emails import Email, EmailKind

NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)

_numbers = count(1)


def an_id(number: int | None = None) -> str:
    """An id that sorts by its number; without one, later ones sort after earlier ones."""
    return f"{next(_numbers) if number is None else number:026d}"


def a_user(**changes: Any) -> User:
    user_id = changes.pop("id", None) or an_id()
    values: dict[str, Any] = {
        "email": f"{user_id}@example.org",
        "email_key": f"{user_id}@example.org",
        "full_name": "Ada Lovelace",
        "password_hash": "$2b$12$hash",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return User(id=user_id, **{**values, **changes})


def a_login(**changes: Any) -> Login:
    values: dict[str, Any] = {
        "id": an_id(),
        "user_id": "ada",
        "nonce": "nonce",
        "created_at": NOON,
        "expires_at": NOON,
    }
    return Login(**{**values, **changes})


def a_session(**changes: Any) -> Session:
    values: dict[str, Any] = {
        "id": an_id(),
        "user_id": "ada",
        "role": "Backend engineer",
        "experience": Experience.SENIOR,
        "topics": ("Python", "SQL"),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Session(**{**values, **changes})


def a_question(**changes: Any) -> Question:
    values: dict[str, Any] = {
        "id": an_id(),
        "session_id": "session",
        "user_id": "ada",
        "text": "What is an index?",
        "answer": "An ordered copy of keys.",
        "difficulty": Difficulty.MEDIUM,
        "topic": "SQL",
        "source": QuestionSource.BANK,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Question(**{**values, **changes})


def a_job(**changes: Any) -> Job:
    values: dict[str, Any] = {
        "id": an_id(),
        "user_id": "ada",
        "kind": JobKind.GENERATE_QUESTIONS,
        "params": {},
        "created_at": NOON,
        "run_after": NOON,
        "max_attempts": 3,
    }
    return Job(**{**values, **changes})


def an_export(**changes: Any) -> Export:
    values: dict[str, Any] = {
        "id": an_id(),
        "user_id": "ada",
        "session_id": "session",
        "job_id": "job",
        "format": ExportFormat.PDF,
        "options": ExportOptions(),
        "file_name": "Backend engineer - questions 2026-03-14.pdf",
        "size_bytes": 4096,
        "question_count": 10,
        "created_at": NOON,
        "expires_at": NOON + EXPORT_LIFETIME,
        "file_id": "file",
    }
    return Export(**{**values, **changes})


def a_notification(**changes: Any) -> Notification:
    """With a cause of its own."""
    notification_id = changes.pop("id", None) or an_id()
    values: dict[str, Any] = {
        "user_id": "ada",
        "cause": f"job {notification_id}",
        "type": NotificationType.GENERATION_COMPLETE,
        "values": {"made": 10, "requested": 10, "is_complete": "yes"},
        "created_at": NOON,
    }
    return Notification(id=notification_id, **{**values, **changes})


def a_security_event(**changes: Any) -> SecurityEvent:
    values: dict[str, Any] = {
        "id": an_id(),
        "action": SecurityAction.LOGGED_IN,
        "outcome": Outcome.SUCCEEDED,
        "at": NOON,
        "origin": Origin("127.0.0.1", "a browser", "request"),
        "user_id": "ada",
    }
    return SecurityEvent(**{**values, **changes})


def a_mail(**changes: Any) -> Email:
    values: dict[str, Any] = {
        "id": an_id(),
        "kind": EmailKind.WELCOME,
        "to_email": "ada@example.org",
        "to_name": "Ada Lovelace",
        "context": {"full_name": "Ada Lovelace"},
        "created_at": NOON,
        "run_after": NOON,
    }
    return Email(**{**values, **changes})
