"""Exports: a session's questions as one file, kept for a week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.library.questions import Question
from core.domain.library.sessions import Session
from core.domain.text import file_name_stem

EXPORT_LIFETIME = timedelta(days=7)


class ExportFormat(StrEnum):
    PDF = "pdf"
    DOCX = "docx"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.PDF: "application/pdf",
    ExportFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ExportFormat.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The contents of the file."""

    include_answers: bool = True
    include_notes: bool = False
    only_pinned: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """`file_id` names the file in the file store. It is None while the file is being stored, and after it was
    purged or deleted.

    While `pending_since` is set the export is not finished, and clients do not see it.
    """

    id: str
    user_id: str
    session_id: str
    job_id: str
    format: ExportFormat
    options: ExportOptions
    file_name: str
    size_bytes: int
    question_count: int
    created_at: datetime
    expires_at: datetime
    file_id: str | None
    downloads: int = 0
    last_downloaded_at: datetime | None = None
    pending_since: datetime | None = None
    version: int = 1

    @property
    def purge_at(self) -> datetime | None:
        """The time from which the file may be purged, or None if there is no file."""
        return None if self.file_id is None else self.expires_at

    def is_available(self, now: datetime) -> bool:
        return self.file_id is not None and now < self.expires_at

    def completed(self, file_id: str, size_bytes: int) -> Export:
        """With its file, which is stored as a whole."""
        return replace(self, file_id=file_id, size_bytes=size_bytes, pending_since=None)

    def downloaded(self, now: datetime) -> Export:
        return replace(self, downloads=self.downloads + 1, last_downloaded_at=now)

    def purged(self) -> Export:
        return replace(self, file_id=None)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What a file store tells of a file."""

    id: str
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class SessionDocument:
    """The content of a document: the session, and its questions in the order in which they are printed.

    `created_at` is the date on the title page.
    """

    session: Session
    questions: tuple[Question, ...]
    options: ExportOptions
    created_at: datetime


class ExportTooComplex(Exception):
    """The document would take more time, memory or space than one may; `question` is what takes it."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.id)
        self.question = question


_MAX_ROLE_BYTES = 160
"""In bytes. File systems allow 255 bytes for a whole name."""


def file_name(session: Session, export_format: ExportFormat, created_at: datetime) -> str:
    """A descriptive file name in Unicode, without characters that file systems refuse."""
    role = file_name_stem(session.role, _MAX_ROLE_BYTES) or "Interview"
    return f"{role} - questions {created_at:%Y-%m-%d}.{export_format.value}"
