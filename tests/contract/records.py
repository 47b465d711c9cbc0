"""Records to store, of which a test says only what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from core.domain.accounts import Login, User
from core.domain.jobs import Job, JobKind
from core.domain.questions import Difficulty, Question, QuestionSource
from core.domain.sessions import Experience, Session

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
