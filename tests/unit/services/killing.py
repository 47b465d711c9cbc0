"""Databases that count what they are asked, and processes that die between two writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sqlite3 import Connection

import pytest

from adapters.sqlite.database import SqliteDatabase


class Killed(BaseException):
    """What happens to a process that gets SIGKILL: nothing after it."""


@contextmanager
def killed_at_write(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever begins the write of that number to the database, counted from 0, is killed."""
    writing = SqliteDatabase.writing
    writes = iter(range(1_000))

    @contextmanager
    def counted(database: SqliteDatabase) -> Iterator[Connection]:
        if next(writes) == number:
            raise Killed
        with writing(database) as connection:
            yield connection

    with monkeypatch.context() as patch:
        patch.setattr(SqliteDatabase, "writing", counted)
        yield


@contextmanager
def counted_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Gives the number of times that the database was read or written since."""
    reading = SqliteDatabase.reading
    statements: list[None] = []

    @contextmanager
    def counted(database: SqliteDatabase) -> Iterator[Connection]:
        statements.append(None)
        with reading(database) as connection:
            yield connection

    with monkeypatch.context() as patch:
        patch.setattr(SqliteDatabase, "reading", counted)
        yield lambda: len(statements)
