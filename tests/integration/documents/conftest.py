from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.documents.isolated.limits import ExportLimits
from adapters.documents.isolated.processes import ExportProcesses
from adapters.documents.isolated.writer import IsolatedWriter
from core.domain.library.exports import ExportFormat, ExportOptions, SessionDocument
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session

_NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)

MakeDocument = Callable[..., SessionDocument]


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    """Where a misbehaving writer writes down its process and the fork server."""
    return tmp_path / "pids"


@pytest.fixture
def document(pids: Path) -> MakeDocument:
    """A document with one question for each of the topics, named by its number."""

    def make(*topics: str, answer: str = "") -> SessionDocument:
        session = Session("s", "u", str(pids), Experience.MID, ("T",), _NOW, _NOW)
        questions = tuple(
            Question(
                id=f"q{number}",
                session_id="s",
                user_id="u",
                text=f"Question {number}",
                answer=answer,
                difficulty=Difficulty.EASY,
                topic=topic,
                source=QuestionSource.BANK,
                created_at=_NOW,
                updated_at=_NOW,
            )
            for number, topic in enumerate(topics, start=1)
        )
        return SessionDocument(session, questions, ExportOptions(), _NOW)

    return make


@pytest.fixture
def limits() -> ExportLimits:
    return ExportLimits(processes=2, seconds=2.0, memory_bytes=192 * 2**20, output_bytes=2**20)


@pytest.fixture
def processes(limits: ExportLimits) -> Iterator[ExportProcesses]:
    made = ExportProcesses(limits, "tests.integration.documents.misbehaving:writers")
    yield made
    made.close()


@pytest.fixture
def writer(processes: ExportProcesses) -> IsolatedWriter:
    return IsolatedWriter(ExportFormat.CSV, processes)
