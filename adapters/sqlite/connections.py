from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.domain.errors import Unavailable

_RETRY_SECONDS = 0.01


class Connections:
    """Connections to one database, in autocommit mode.

    None serves two threads at a time: one that is idle is lent to whoever needs it next, so there
    are as many as ever worked at once. `busy_seconds` is how long SQLite itself waits for a lock.
    """

    def __init__(self, path: str, *, busy_seconds: float, opening_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._opening_seconds = opening_seconds
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._is_closed = False

    @contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """Raises Unavailable if they are closed."""
        connection = self._borrow()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Those in use are closed as soon as they are given back."""
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
            self._path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
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
        deadline = time.monotonic() + self._opening_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > deadline:
                    raise
            time.sleep(_RETRY_SECONDS)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else holds the lock."""
    return primary_code(error) == sqlite3.SQLITE_BUSY


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's result code without what its upper bytes add."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
