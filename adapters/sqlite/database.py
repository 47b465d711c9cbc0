from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from adapters.sqlite.schema import upgrade
from core.domain.errors import Unavailable

IN_MEMORY = ":memory:"

_RETRY_SECONDS = 0.01


class SqliteDatabase:
    """A file, or `:memory:`, with its connections.

    No connection serves two threads at a time: one that is idle is lent to whoever needs it next, so
    there are as many as ever worked at once. A database in memory lives in its only connection, for
    which all threads queue.

    Opening makes the tables that are missing. Everything here raises Unavailable while the file is
    locked by somebody else for longer than the timeout, or cannot be read or written.
    """

    def __init__(self, path: str | Path, *, busy_timeout_seconds: float = 5.0) -> None:
        self._path = str(path)
        self._busy_timeout_seconds = busy_timeout_seconds
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._is_closed = False
        in_memory = self._path == IN_MEMORY
        self._turn: AbstractContextManager[object] = threading.Lock() if in_memory else nullcontext()
        with self.writing() as connection:
            upgrade(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection in autocommit mode."""
        with _unavailable_if_away(), self._turn:
            connection = self._borrow()
            try:
                yield connection
            finally:
                self._give_back(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that holds the write lock from its start; committed at the end.

        A transaction that begins by reading could fail at its first write without having waited.
        """
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def ping(self) -> None:
        """Raises Unavailable if the database cannot be read."""
        with self.reading() as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()

    def close(self) -> None:
        """Close all connections, those in use as soon as they are given back."""
        with self._guard:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _borrow(self) -> sqlite3.Connection:
        with self._guard:
            if self._is_closed:
                raise Unavailable("The database is closed.")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._is_closed:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=self._busy_timeout_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Readers and a writer then do not wait for each other.

        Of several that open a new file at once one makes the change; SQLite refuses the others at
        once, whatever the timeout says.
        """
        deadline = time.monotonic() + self._busy_timeout_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                is_busy = _primary_code(error) == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > deadline:
                    raise
            time.sleep(_RETRY_SECONDS)


def _primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's result code without what its upper bytes add."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


@contextmanager
def _unavailable_if_away() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        # The generic code stands for a mistake in our SQL, which must not pass for bad weather.
        if _primary_code(error) == sqlite3.SQLITE_ERROR:
            raise
        raise Unavailable("The database is away.") from error
