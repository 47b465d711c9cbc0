"""Exports of sessions: requested, downloaded for a week, removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.error_codes import ErrorCode
from core.domain.errors import Conflict, Gone, NotFound, PreconditionFailed
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import Job, JobKind
from core.domain.library.exports import (
    Export,
    ExportFormat,
    ExportOptions,
)
from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.domain.library.questions import QuestionSort
from core.domain.paging import Page, PageRequest
from core.services.jobs.jobs import JobService, NewJob
from core.services.library.export_job import ExportParams, exported_questions
from core.services.library.sessions import SessionService
from core.services.saving import save_with_retry
from ports.library import ExportRepository, FileStore, QuestionRepository
from ports.system import Clock

_EMPTY = "There is no question to export. Generate or add questions, or leave out `only_pinned`."


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
    def __init__(
        self,
        exports: ExportRepository,
        files: FileStore,
        sessions: SessionService,
        questions: QuestionRepository,
        jobs: JobService,
        clock: Clock,
        limits: LibraryLimits = DEFAULT_LIMITS,
    ) -> None:
        self._exports = exports
        self._files = files
        self._sessions = sessions
        self._questions = questions
        self._jobs = jobs
        self._clock = clock
        self._limits = limits

    def request(
        self,
        user_id: str,
        session_id: str,
        export_format: ExportFormat,
        options: ExportOptions,
        key: IdempotencyKey | None = None,
    ) -> Job:
        """A job that writes the file.

        Raises NotFound, Conflict (`session_empty`, `too_many_exports`, `too_many_queued_jobs`), Invalid
        (`idempotency_key_reused`).
        """

        def prepare() -> NewJob:
            self._sessions.owned(user_id, session_id)
            wanted = exported_questions(session_id, options)
            first = self._questions.page(user_id, wanted, QuestionSort.OLDEST, PageRequest(1))
            if not first.items:
                raise Conflict(_EMPTY, code=ErrorCode.SESSION_EMPTY)
            self._check_room(user_id)
            params = ExportParams(session_id, export_format, options)
            # The question that was found may be gone by now: the count is only for the progress.
            count = self._questions.counts([session_id]).get(session_id, 0)
            return NewJob(JobKind.EXPORT_SESSION, params.to_json(), total=count)

        return self._jobs.start_once(user_id, key, prepare)

    def _check_room(self, user_id: str) -> None:
        """Exports that are still being written are not counted: the limit of queued jobs bounds those."""
        most = self._limits.max_stored_exports_per_user
        if self._exports.stored_count(user_id, self._clock.now()) >= most:
            raise Conflict(
                f"At most {most} of your exports are kept at a time. Delete some, or wait until they expire.",
                code=ErrorCode.TOO_MANY_EXPORTS,
            )

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
        """The record first, since the file goes only with the version that is expected.

        Raises NotFound, PreconditionFailed.
        """
        export = self.get(user_id, export_id)
        if not self._exports.remove(user_id, export_id, expected_version):
            self.get(user_id, export_id)
            raise PreconditionFailed
        if export.file_id is not None:
            self._files.remove(export.file_id)

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


def _expired() -> Gone:
    return Gone("The file is no longer kept. Export the session again.", code=ErrorCode.EXPORT_EXPIRED)
