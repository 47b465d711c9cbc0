"""Repositories, files and document writers for sessions, questions and exports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from datetime import datetime
from typing import BinaryIO, Protocol

from core.domain.library.exports import Export, ExportFormat, SessionDocument, StoredFile
from core.domain.library.questions import Question, QuestionFilter, QuestionSort
from core.domain.library.sessions import Session, SessionFilter
from core.domain.paging import Page, PageRequest


class SessionRepository(Protocol):
    """Deleted sessions (`deleted_at` set) are found by `deleted_before` only."""

    def add(self, session: Session) -> None: ...

    def get(self, user_id: str, session_id: str) -> Session | None: ...

    def save(self, session: Session) -> Session: ...

    def page(self, user_id: str, wanted: SessionFilter, request: PageRequest) -> Page[Session]:
        """Newest first. The key is (id,)."""

    def count(self, user_id: str) -> int:
        """How many sessions the user has."""

    def deleted_before(self, moment: datetime, limit: int) -> Sequence[Session]:
        """Sessions of all users whose `deleted_at` is before then, any order."""

    def remove(self, session_id: str) -> None:
        """Remove the session permanently. It may be missing."""


class QuestionRepository(Protocol):
    def add(self, question: Question) -> None: ...

    def put(self, questions: Sequence[Question]) -> None:
        """Insert or overwrite all of them by id."""

    def get(self, user_id: str, question_id: str) -> Question | None: ...

    def save(self, question: Question) -> Question: ...

    def remove(self, user_id: str, question_id: str, version: int | None = None) -> bool:
        """Remove it, if given only in that version; return whether it existed. One write, atomic."""

    def remove_of_session(self, session_id: str) -> int:
        """Remove all questions of the session; return how many."""

    def page(
        self, user_id: str, wanted: QuestionFilter, sort: QuestionSort, request: PageRequest
    ) -> Page[Question]:
        """Keys: (id,) for newest and oldest; (rank of the difficulty as a digit, id) for difficulty.

        Difficulty sorts from easy to hard, and by id, ascending, within one difficulty.
        """

    def texts_of_session(self, session_id: str) -> Sequence[str]:
        """The texts of all questions of the session, by id."""

    def of_job(self, session_id: str, job_id: str) -> Sequence[Question]:
        """The session's questions whose `job_id` is that job, by id."""

    def counts(self, session_ids: Collection[str]) -> dict[str, int]:
        """The number of questions by session id. A session without questions may be absent."""


class ExportRepository(Protocol):
    """Unfinished exports (`pending_since` set) are found by `pending` and `pending_before` only."""

    def add(self, export: Export) -> None: ...

    def get(self, user_id: str, export_id: str) -> Export | None: ...

    def save(self, export: Export) -> Export: ...

    def page(self, user_id: str, request: PageRequest) -> Page[Export]:
        """Newest first. The key is (id,)."""

    def remove(self, user_id: str, export_id: str, version: int | None = None) -> bool:
        """Remove it, if given only in that version; return whether it existed. One write, atomic."""

    def stored_count(self, user_id: str, now: datetime) -> int:
        """The number of the user's exports whose file can still be downloaded."""

    def expired(self, now: datetime, limit: int) -> Sequence[Export]:
        """Exports of all users whose `expires_at` is reached and whose `file_id` is still set."""

    def pending(self, user_id: str, export_id: str) -> Export | None: ...

    def pending_before(self, moment: datetime, limit: int) -> Sequence[Export]:
        """Exports of all users whose `pending_since` is before then, the oldest first."""

    def owned(self, file_ids: Collection[str]) -> Set[str]:
        """Those of the ids that an export has, or will have once it is finished.

        A file has the id of its export. An export that cannot be read owns its file too.
        """


class FileStore(Protocol):
    """Any method raises core.domain.errors.Unavailable while the store is unavailable."""

    def put(self, file_id: str, content: BinaryIO) -> int:
        """Store `content` from its current position, over a file of that id; return its size in bytes.

        The file exists completely or not at all, also if the process dies during the call.
        """

    def size_bytes(self, file_id: str) -> int | None:
        """The size, or None if there is no such file."""

    def read(self, file_id: str, start: int, length: int) -> Iterator[bytes]:
        """`length` bytes from `start`, in chunks of at most 256 KiB.

        Raises core.domain.errors.NotFound before the first chunk if there is no such file.
        """

    def remove(self, file_id: str) -> None:
        """Remove the file. It may be missing."""

    def page(self, after: str, limit: int) -> Sequence[StoredFile]:
        """So many files, by id, beginning behind that id."""

    def remove_unfinished(self, before: datetime, limit: int) -> int:
        """Remove what is left of a `put` or a `remove` whose process died, if nothing was written since.

        At most so many; how many. A call goes on where the last one has ended, so that a bounded
        one comes round.
        """


class DocumentWriter(Protocol):
    @property
    def format(self) -> ExportFormat: ...

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        """Write the whole file to `target`, a seekable binary file.

        `on_progress` is called with the number of questions written: before each question, after the last
        one, and more often if a question takes long. Its errors are passed on: a cancelled export stops this
        way. Raises ExportTooComplex when a limit is reached.
        """
