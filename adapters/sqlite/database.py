from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.sqlite.connections import Connections, is_busy, primary_code
from adapters.sqlite.schema import upgrade
from adapters.sqlite.turns import Turns
from core.domain.errors import Unavailable

IN_MEMORY = ":memory:"

Values = Sequence[object] | Mapping[str, object]

_PATIENCE_OF_SQLITE_SECONDS = 0.025


class SqliteDatabase:
    """A file, or `:memory:`.

    Writers take turns in the order in which they come, before they ask SQLite, whose lock knows no
    order: whoever asks at the right moment gets it. Readers wait for nobody. A database in memory
    lives in its only connection, for which all threads take turns.

    SQLite also sleeps longer and longer between its questions, up to 0.1 s, in which the writers of
    a busier process would always be faster. Only one thread of a process asks, so it may ask often.

    Opening makes the tables that are missing. Everything here raises Unavailable if it has to wait
    for longer than the timeout, or the file cannot be read or written.
    """

    def __init__(self, path: str | Path, *, busy_timeout_seconds: float = 5.0) -> None:
        path, self._timeout_seconds = str(path), busy_timeout_seconds
        patience = min(_PATIENCE_OF_SQLITE_SECONDS, busy_timeout_seconds)
        self._writing = Connections(path, busy_seconds=patience, opening_seconds=busy_timeout_seconds)
        self._reading = self._writing
        self._turns = Turns()
        self._is_shared = path == IN_MEMORY
        if not self._is_shared:
            self._reading = Connections(
                path, busy_seconds=busy_timeout_seconds, opening_seconds=busy_timeout_seconds
            )
        with self.writing() as connection:
            upgrade(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection in autocommit mode."""
        if self._is_shared:
            with self._turn() as (connection, _):
                yield connection
        else:
            with _unavailable_if_away(), self._reading.lent() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that holds the write lock from its start; committed at the end.

        A transaction that begins by reading could fail at its first write without having waited.
        """
        with self._turn() as (connection, deadline):
            _execute(connection, "BEGIN IMMEDIATE", (), deadline)
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def write(self, statement: str, values: Values) -> int:
        """Execute one statement in a transaction of its own; how many rows it has changed.

        SQLite then has the lock within one call. Between the statements of a transaction a thread may
        have to wait for the interpreter, and all writers with it.
        """
        with self._turn() as (connection, deadline):
            return _execute(connection, statement, values, deadline).rowcount

    def ping(self) -> None:
        """Raises Unavailable if the database cannot be read."""
        with self.reading() as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()

    def close(self) -> None:
        """Close all connections, those in use as soon as they are given back."""
        self._reading.close()
        self._writing.close()

    @contextmanager
    def _turn(self) -> Iterator[tuple[sqlite3.Connection, float]]:
        """The connection of the writers, and until when this one may ask for SQLite's lock."""
        deadline = time.monotonic() + self._timeout_seconds
        with (
            _unavailable_if_away(),
            self._turns.take(self._timeout_seconds),
            self._writing.lent() as connection,
        ):
            yield connection, deadline


def _execute(
    connection: sqlite3.Connection, statement: str, values: Values, deadline: float
) -> sqlite3.Cursor:
    """Ask until then, while another process has the lock."""
    while True:
        try:
            return connection.execute(statement, values)
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise


@contextmanager
def _unavailable_if_away() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise Unavailable("The database is busy.") from error
    except sqlite3.OperationalError as error:
        # The generic code stands for a mistake in our SQL, which must not pass for bad weather.
        if primary_code(error) == sqlite3.SQLITE_ERROR:
            raise
        raise Unavailable("The database is unavailable.") from error
