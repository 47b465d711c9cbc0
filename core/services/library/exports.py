"""Sessions as files: asked for, written by a job, downloaded for a week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO

from core.domain.errors import AlreadyExists, Conflict, Gone, NotFound, PreconditionFailed
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import Job, JobFailure, JobKind, Progress
from core.domain.json import JsonObject
from core.domain.library.exports import (
    EXPORT_LIFETIME,
    Export,
    ExportFormat,
    ExportOptions,
    SessionDocument,
    file_name,
)
from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.domain.library.questions import Question, QuestionFilter, QuestionSort
from core.domain.library.sessions import Session
from core.domain.paging import MAX_LIMIT, Page, PageRequest
from core.services.jobs.attempts import JobAttempt
from core.services.jobs.jobs import JobService
from core.services.library.sessions import SessionService
from core.services.saving import save_with_retry
from ports.library import DocumentWriter, ExportRepository, FileStore, QuestionRepository, SessionRepository
from ports.system import Clock, Ids

_EMPTY = "There is no question to export. Generate or write some, or leave out `only_pinned`."


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is there to be read."""

    export: Export
    size_bytes: int
    files: FileStore

    def read(self, start: int, length: int) -> Iterator[bytes]:
        assert self.export.file_id is not None
        return self.files.read(self.export.file_id, start, length)


class ExportService:
    """What the user asks for."""

    def __init__(
        self,
        exports: ExportRepository,
        files: FileStore,
        sessions: SessionService,
        questions: QuestionRepository,
        jobs: JobService,
        clock: Clock,
    ) -> None:
        self._exports = exports
        self._files = files
        self._sessions = sessions
        self._questions = questions
        self._jobs = jobs
        self._clock = clock

    def request(
        self,
        user_id: str,
        session_id: str,
        export_format: ExportFormat,
        options: ExportOptions,
        key: IdempotencyKey | None = None,
    ) -> Job:
        """A job that writes the file.

        Raises NotFound, Conflict (`session_empty`), Invalid (`idempotency_key_reused`).
        """
        earlier = self._jobs.earlier(user_id, key)
        if earlier is not None:
            return earlier
        self._sessions.owned(user_id, session_id)
        wanted = _wanted(session_id, options)
        first = self._questions.page(user_id, wanted, QuestionSort.OLDEST, PageRequest(1))
        if not first.items:
            raise Conflict(_EMPTY, code="session_empty")
        params = {"session_id": session_id, "format": export_format.value, "options": asdict(options)}
        count = self._questions.counts([session_id])[session_id]
        return self._jobs.start(user_id, JobKind.EXPORT_SESSION, params, total=count, key=key)

    def get(self, user_id: str, export_id: str) -> Export:
        """Raises NotFound."""
        export = self._exports.get(user_id, export_id)
        if export is None:
            raise NotFound("export")
        return export

    def page(self, user_id: str, request: PageRequest) -> Page[Export]:
        """Newest first."""
        return self._exports.page(user_id, request)

    def is_available(self, export: Export) -> bool:
        """Whether the file can be downloaded."""
        return export.is_available(self._clock.now())

    def download(self, user_id: str, export_id: str) -> Download:
        """Raises NotFound, or Gone (`export_expired`)."""
        export = self.get(user_id, export_id)
        if export.file_id is None or not self.is_available(export):
            raise _expired()
        size = self._files.size_bytes(export.file_id)
        if size is None:
            raise _expired()
        return Download(export, size, self._files)

    def count_download(self, user_id: str, export_id: str) -> None:
        """Note that the file was fetched from its start."""
        save_with_retry(
            lambda: self.get(user_id, export_id),
            lambda export: export.downloaded(self._clock.now()),
            self._exports.save,
        )

    def delete(self, user_id: str, export_id: str, expected_version: int | None = None) -> None:
        """The file first: if this process dies in between, the record can be deleted again.

        Raises NotFound, PreconditionFailed.
        """
        export = self.get(user_id, export_id)
        if expected_version not in (None, export.version):
            raise PreconditionFailed
        if export.file_id is not None:
            self._files.remove(export.file_id)
        self._exports.remove(user_id, export_id)

    def sweep(self, limit: int = 100) -> int:
        """Remove the files whose week is over; how many. Their records stay, without the file."""
        expired = self._exports.expired(self._clock.now(), limit)
        for export in expired:
            if export.file_id is not None:
                self._files.remove(export.file_id)
            save_with_retry(
                lambda export=export: self.get(export.user_id, export.id),  # type: ignore[misc]
                lambda current: current.purged(),
                self._exports.save,
            )
        return len(expired)


class ExportSession:
    """The handler: file and record bear an id derived from the job's id."""

    kind = JobKind.EXPORT_SESSION

    def __init__(
        self,
        exports: ExportRepository,
        files: FileStore,
        sessions: SessionRepository,
        questions: QuestionRepository,
        writers: Sequence[DocumentWriter],
        clock: Clock,
        ids: Ids,
        limits: LibraryLimits = DEFAULT_LIMITS,
    ) -> None:
        self._exports = exports
        self._files = files
        self._sessions = sessions
        self._questions = questions
        self._writers = {writer.format: writer for writer in writers}
        self._clock = clock
        self._ids = ids
        self._limits = limits

    def run(self, work: JobAttempt) -> JsonObject:
        job = work.job
        export_id = self._ids.derived(job.id, at=job.created_at)
        if self._exports.get(job.user_id, export_id) is None:
            self._make(work, export_id)
        return {"export_id": export_id}

    def _make(self, work: JobAttempt, export_id: str) -> None:
        job = work.job
        session = self._sessions.get(job.user_id, job.params["session_id"])
        if session is None:
            raise NotFound("session")
        options = ExportOptions(**job.params["options"])
        questions = tuple(self._all_questions(job, options))
        if not questions:
            raise JobFailure("session_empty", _EMPTY, is_transient=False)
        document = SessionDocument(session, questions, options, self._clock.now())
        content = self._written(work, document, ExportFormat(job.params["format"]))
        work.check()
        size = self._files.put(export_id, content)
        export = self._record(job, export_id, session, document, size)
        try:
            self._exports.add(export)
        except AlreadyExists:  # an earlier attempt of this job came as far as this
            return

    def _all_questions(self, job: Job, options: ExportOptions) -> Iterator[Question]:
        wanted = _wanted(job.params["session_id"], options)
        request = PageRequest(MAX_LIMIT)
        while True:
            page = self._questions.page(job.user_id, wanted, QuestionSort.OLDEST, request)
            yield from page.items
            if page.next_after is None:
                return
            request = PageRequest(MAX_LIMIT, page.next_after)

    def _written(self, work: JobAttempt, document: SessionDocument, export_format: ExportFormat) -> BytesIO:
        total = len(document.questions)

        def report(done: int) -> None:
            work.report(Progress(done, total, "Laying out the questions"), {})

        report(0)
        content = BytesIO()
        self._writers[export_format].write(document, content, report)
        size = content.tell()
        most = self._limits.max_export_bytes
        if size > most:
            raise JobFailure(
                "export_too_large",
                f"The file would have {size / 1024 / 1024:.1f} MB; at most "
                f"{most // 1024 // 1024} MB are possible. Leave out answers or notes, "
                "or export only the pinned questions.",
                is_transient=False,
            )
        report(total)
        content.seek(0)
        return content

    def _record(
        self, job: Job, export_id: str, session: Session, document: SessionDocument, size: int
    ) -> Export:
        export_format = ExportFormat(job.params["format"])
        now = document.created_at
        return Export(
            id=export_id,
            user_id=job.user_id,
            session_id=session.id,
            job_id=job.id,
            format=export_format,
            options=document.options,
            file_name=file_name(session, export_format, now),
            size_bytes=size,
            question_count=len(document.questions),
            created_at=now,
            expires_at=now + EXPORT_LIFETIME,
            file_id=export_id,
        )


def _wanted(session_id: str, options: ExportOptions) -> QuestionFilter:
    return QuestionFilter(session_ids=(session_id,), pinned=True if options.only_pinned else None)


def _expired() -> Gone:
    return Gone("The file is no longer kept. Export the session again.", code="export_expired")
