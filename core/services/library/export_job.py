"""The job that writes a session into a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import BinaryIO, Self

from core.domain.errors import AlreadyExists, NotFound, VersionConflict
from core.domain.jobs.jobs import Job, JobFailure, JobKind, JobStatus, Progress
from core.domain.json import JsonObject
from core.domain.library.exports import (
    EXPORT_LIFETIME,
    Export,
    ExportFormat,
    ExportOptions,
    ExportTooComplex,
    SessionDocument,
    file_name,
)
from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.domain.library.questions import Question, QuestionFilter, QuestionSort
from core.domain.live.notifications import NotificationType
from core.domain.mail.messages import EmailMessage, ExportReady
from core.domain.messages import Message
from core.domain.paging import MAX_LIMIT, PageRequest
from core.domain.retries import RetryPolicy
from core.domain.text import one_line, shortened
from core.services.jobs.attempts import JobAttempt
from core.services.live.notifications import Notice
from ports.library import DocumentWriter, ExportRepository, FileStore, QuestionRepository, SessionRepository
from ports.links import Links
from ports.system import Clock, Ids

_MEGABYTE = 1024 * 1024
_REPORTED_EVERY = 25
_LOOKED_EVERY = timedelta(seconds=0.5)
_NAMED_LENGTH = 80


@dataclass(frozen=True, slots=True)
class ExportParams:
    session_id: str
    format: ExportFormat
    options: ExportOptions

    @classmethod
    def from_json(cls, params: JsonObject) -> Self:
        return cls(params["session_id"], ExportFormat(params["format"]), ExportOptions(**params["options"]))

    def to_json(self) -> JsonObject:
        return {"session_id": self.session_id, "format": self.format.value, "options": asdict(self.options)}


@dataclass(frozen=True, slots=True)
class ExportResult:
    export_id: str

    @classmethod
    def from_json(cls, result: JsonObject) -> Self | None:
        """None where the job has made nothing yet."""
        return cls(result["export_id"]) if "export_id" in result else None

    def to_json(self) -> JsonObject:
        return {"export_id": self.export_id}


@dataclass(frozen=True, slots=True)
class ExportStores:
    """Where the job reads from and writes to."""

    exports: ExportRepository
    files: FileStore
    sessions: SessionRepository
    questions: QuestionRepository


class ExportSession:
    """The job type. File and record have an id derived from the job's id."""

    kind = JobKind.EXPORT_SESSION
    retry_policy = RetryPolicy()

    def __init__(
        self,
        stores: ExportStores,
        writers: Sequence[DocumentWriter],
        links: Links,
        clock: Clock,
        ids: Ids,
        limits: LibraryLimits = DEFAULT_LIMITS,
    ) -> None:
        self._stores = stores
        self._writers = {writer.format: writer for writer in writers}
        self._links = links
        self._clock = clock
        self._ids = ids
        self._max_export_bytes = limits.max_export_bytes

    def run(self, attempt: JobAttempt) -> JsonObject:
        job = attempt.job
        export_id = self._ids.derived(job.id, at=job.created_at)
        if self._stores.exports.get(job.user_id, export_id) is None:
            self._make(attempt, ExportParams.from_json(job.params), export_id)
        return ExportResult(export_id).to_json()

    def _make(self, attempt: JobAttempt, params: ExportParams, export_id: str) -> None:
        job = attempt.job
        session = self._stores.sessions.get(job.user_id, params.session_id)
        if session is None:
            raise NotFound("session")
        questions = tuple(self._all_questions(job.user_id, params))
        if not questions:
            raise JobFailure(Message("session_empty"), is_transient=False)
        document = SessionDocument(session, questions, params.options, self._clock.now())
        content = self._written(attempt, document, params.format)
        attempt.check()
        self._store(_record(job, export_id, params.format, document, self._clock.now()), content)

    def _store(self, export: Export, content: BinaryIO) -> None:
        """The record first: whatever a crash leaves of the file then has an owner."""
        exports = self._stores.exports
        try:
            try:
                exports.add(export)
            except AlreadyExists:  # an earlier attempt of this job came as far as this
                pending = exports.pending(export.user_id, export.id)
                if pending is None:
                    return
                export = exports.save(replace(export, version=pending.version))
            size_bytes = self._stores.files.put(export.id, content)
            exports.save(export.completed(export.id, size_bytes))
        except VersionConflict:
            # Another attempt of this job has come further, or this one took so long that it was given up.
            if exports.get(export.user_id, export.id) is None:
                raise

    def _all_questions(self, user_id: str, params: ExportParams) -> Iterator[Question]:
        wanted = exported_questions(params.session_id, params.options)
        request = PageRequest(MAX_LIMIT)
        while True:
            page = self._stores.questions.page(user_id, wanted, QuestionSort.OLDEST, request)
            yield from page.items
            if page.next_after is None:
                return
            request = PageRequest(MAX_LIMIT, page.next_after)

    def _written(
        self, attempt: JobAttempt, document: SessionDocument, export_format: ExportFormat
    ) -> BytesIO:
        progress = _LayoutProgress(attempt, len(document.questions), self._clock)
        progress.report(0)
        content = BytesIO()
        try:
            self._writers[export_format].write(document, content, progress.told)
        except ExportTooComplex as error:
            name = shortened(one_line(error.question.text), _NAMED_LENGTH)
            message = Message("export_too_complex", {"question": name})
            raise JobFailure(message, is_transient=False) from error
        size = content.tell()
        if size > self._max_export_bytes:
            sizes = {
                "size_mb": f"{size / _MEGABYTE:.1f}",
                "max_mb": str(self._max_export_bytes // _MEGABYTE),
            }
            raise JobFailure(Message("export_too_large", sizes), is_transient=False)
        progress.report(len(document.questions))
        content.seek(0)
        return content

    def notice(self, job: Job) -> Notice | None:
        data = {"job_id": job.id, "session_id": ExportParams.from_json(job.params).session_id}
        result = ExportResult.from_json(job.result)
        if result is not None:
            data["export_id"] = result.export_id
        if job.error is not None:
            return Notice(NotificationType.EXPORT_FAILED, data, {"error": job.error.to_json()})
        return Notice(NotificationType.EXPORT_READY, data) if job.status is JobStatus.SUCCEEDED else None

    def email(self, job: Job) -> EmailMessage | None:
        if job.error is not None:
            return ExportReady(download_url=self._links.home(), error=job.error)
        result = ExportResult.from_json(job.result)
        if job.status is not JobStatus.SUCCEEDED or result is None:
            return None
        export = self._stores.exports.get(job.user_id, result.export_id)
        if export is None:  # deleted in the meantime
            return None
        return ExportReady(
            download_url=self._links.export_download(export.id),
            file_name=export.file_name,
            size_bytes=export.size_bytes,
            expires_at=export.expires_at,
        )


class _LayoutProgress:
    """Passes on what a writer tells, and looks now and then whether the job has been cancelled."""

    def __init__(self, attempt: JobAttempt, total: int, clock: Clock) -> None:
        self._attempt = attempt
        self._total = total
        self._clock = clock
        self._reported = 0
        self._looked_at = clock.now()

    def told(self, done: int) -> None:
        """Raises as JobAttempt.check does."""
        now = self._clock.now()
        if done - self._reported >= _REPORTED_EVERY:
            self.report(done)
        elif now - self._looked_at >= _LOOKED_EVERY:
            self._looked_at = now
            self._attempt.look()
        else:
            self._attempt.check()

    def report(self, done: int) -> None:
        self._reported = done
        self._looked_at = self._clock.now()
        self._attempt.report(Progress(done, self._total, Message("laying_out_questions")), {})


def _record(
    job: Job, export_id: str, export_format: ExportFormat, document: SessionDocument, pending_since: datetime
) -> Export:
    """Of an export whose file is yet to be stored."""
    now = document.created_at
    return Export(
        id=export_id,
        user_id=job.user_id,
        session_id=document.session.id,
        job_id=job.id,
        format=export_format,
        options=document.options,
        file_name=file_name(document.session, export_format, now),
        size_bytes=0,
        question_count=len(document.questions),
        created_at=now,
        expires_at=now + EXPORT_LIFETIME,
        file_id=None,
        pending_since=pending_since,
    )


def exported_questions(session_id: str, options: ExportOptions) -> QuestionFilter:
    return QuestionFilter(session_ids=(session_id,), pinned=True if options.only_pinned else None)
