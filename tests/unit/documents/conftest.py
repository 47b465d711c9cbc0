from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.domain.library.exports import ExportOptions, SessionDocument
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session
from ports.library import DocumentWriter

NOW = datetime(2025, 11, 23, 9, 30, tzinfo=UTC)
SESSION = Session(
    id="session",
    user_id="user",
    role="Senior Python engineer",
    experience=Experience.SENIOR,
    topics=("Concurrency", "Databases"),
    created_at=NOW,
    updated_at=NOW,
)
QUESTION = Question(
    id="question",
    session_id="session",
    user_id="user",
    text="What does the lock protect?",
    answer="It protects **reference counts**.",
    difficulty=Difficulty.MEDIUM,
    topic="Concurrency",
    source=QuestionSource.GROQ,
    created_at=NOW,
    updated_at=NOW,
    category="Technical",
    tags=("python", "gil"),
)

MakeQuestion = Callable[..., Question]
MakeDocument = Callable[..., SessionDocument]
Write = Callable[[DocumentWriter, SessionDocument], io.BytesIO]


@pytest.fixture
def question() -> MakeQuestion:
    def make(**changes: Any) -> Question:
        return replace(QUESTION, **changes)

    return make


@pytest.fixture
def document() -> MakeDocument:
    """A document of the given questions; other arguments change its session."""

    def make(*questions: Question, options: ExportOptions | None = None, **changes: Any) -> SessionDocument:
        return SessionDocument(
            session=replace(SESSION, **changes),
            questions=questions or (QUESTION,),
            options=options or ExportOptions(),
            created_at=NOW,
        )

    return make


@pytest.fixture
def write() -> Write:
    def written(writer: DocumentWriter, content: SessionDocument) -> io.BytesIO:
        target = io.BytesIO()
        writer.write(content, target, lambda done: None)
        target.seek(0)
        return target

    return written
