"""Databases that count what they are asked, and processes that die between two writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sqlite3 import Connection

import pytest

from adapters.sqlite.database import SqliteDatabase, Values


class Killed(BaseException):
    """What happens to a process that gets SIGKILL: nothing after it."""


@contextmanager
def killed_at_write(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever begins the write of that number to the database, counted from 0, is killed."""
    writing, write = SqliteDatabase.writing, SqliteDatabase.write
    writes = iter(range(1_000))

    def begin() -> None:
        if next(writes) == number:
            raise Killed

    @contextmanager
    def counted_writing(database: SqliteDatabase) -> Iterator[Connection]:
        begin()
        with writing(database) as connection:
            yield connection

    def counted_write(database: SqliteDatabase, statement: str, values: Values) -> int:
        begin()
        return write(database, statement, values)

    with monkeypatch.context() as patch:
        patch.setattr(SqliteDatabase, "writing", counted_writing)
        patch.setattr(SqliteDatabase, "write", counted_write)
        yield


@contextmanager
def counted_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Gives the number of times that the database was read or written since."""
    reading, write = SqliteDatabase.reading, SqliteDatabase.write
    statements: list[None] = []

    @contextmanager
    def counted_reading(database: SqliteDatabase) -> Iterator[Connection]:
        statements.append(None)
        with reading(database) as connection:
            yield connection

    def counted_write(database: SqliteDatabase, statement: str, values: Values) -> int:
        statements.append(None)
        return write(database, statement, values)

    with monkeypatch.context() as patch:
        patch.setattr(SqliteDatabase, "reading", counted_reading)
        patch.setattr(SqliteDatabase, "write", counted_write)
        yield lambda: len(statements)
