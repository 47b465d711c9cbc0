"""CSV for spreadsheets: RFC 4180, UTF-8 with a byte order mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from core.domain.library.exports import ExportFormat, ExportOptions, SessionDocument
from core.domain.library.questions import Question
from core.domain.text import encodable, is_visible

# OWASP, "CSV Injection"; the full-width forms are what Japanese and Chinese spreadsheets also accept.
_FORMULA_STARTS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_CONTROL_STARTS = frozenset("\t\r\n")


class CsvWriter:
    @property
    def format(self) -> ExportFormat:
        return ExportFormat.CSV

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=False)
        try:
            rows = csv.writer(text, lineterminator="\r\n")
            rows.writerow(_columns(document.options))
            for done, question in enumerate(document.questions):
                on_progress(done)
                rows.writerow([cell(value) for value in _values(question, document.options)])
            on_progress(len(document.questions))
            text.flush()
        finally:
            text.detach()


def cell(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula.

    White space and marks without width, which a spreadsheet may skip on its way there, are skipped too.
    """
    shown = encodable(text)
    if shown[:1] in _CONTROL_STARTS or next(filter(is_visible, shown), "") in _FORMULA_STARTS:
        return "'" + shown
    return shown


def _columns(options: ExportOptions) -> list[str]:
    answer = ["answer"] if options.include_answers else []
    notes = ["notes"] if options.include_notes else []
    return [
        "topic", "difficulty", "category", "question", *answer,
        "tags", "pinned", *notes, "source", "created_at",
    ]  # fmt: skip


def _values(question: Question, options: ExportOptions) -> Iterator[str]:
    yield question.topic
    yield question.difficulty.value
    yield question.category
    yield question.text
    if options.include_answers:
        yield question.answer
    yield ", ".join(question.tags)
    yield "yes" if question.pinned else "no"
    if options.include_notes:
        yield question.notes
    yield question.source.value
    yield _rfc_3339(question.created_at)


def _rfc_3339(moment: datetime) -> str:
    """As the API writes it: UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
