"""The writers of all formats. Their libraries are loaded by the call, not by the import of this module."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

from core.domain.library.exports import ExportOptions, SessionDocument
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session
from ports.library import DocumentWriter


def all_writers() -> Sequence[DocumentWriter]:
    from adapters.documents.csv_writer import CsvWriter
    from adapters.documents.docx.writer import DocxWriter
    from adapters.documents.pdf.writer import PdfWriter

    return PdfWriter(), DocxWriter(), CsvWriter()


def warm_writers() -> Sequence[DocumentWriter]:
    """The same after one document each, by which fonts and templates have been read."""
    writers = all_writers()
    now = datetime(2000, 1, 1, tzinfo=UTC)
    session = Session("", "", "", Experience.MID, ("",), now, now)
    answer = "# One\n\n1. **Two** *three* `four`\n\n> Five\n\n```\nsix\n```\n\n| seven |\n|---|\n| eight |"
    question = Question("", "", "", "", answer, Difficulty.EASY, "", QuestionSource.BANK, now, now)
    document = SessionDocument(session, (question,), ExportOptions(), now)
    for writer in writers:
        writer.write(document, BytesIO(), lambda _: None)
    return writers
