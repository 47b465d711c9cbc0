"""A database that fails, or lets a rival be faster, when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from adapters.files.folder import FolderFileStore
from adapters.records.conditions import Condition
from adapters.records.engine import Cap, Document, Query, RecordEngine
from adapters.sqlite.database import SqliteDatabase
from adapters.sqlite.engine import SqliteEngine
from core.domain.errors import Unavailable
from entrypoints.settings import Settings
from entrypoints.wiring.stores import Stores, stores_over
from ports.operations import Pingable

T = TypeVar("T")

Interference = Callable[[str], None]
"""Called with the name of the table."""


class Faults:
    """What happens right before the database is asked: nothing so far."""

    def __init__(self) -> None:
        self.is_unavailable = False
        self._before_read: Interference = _nothing
        self._before_write: Interference = _nothing

    @contextmanager
    def before_read(self, interfere: Interference) -> Iterator[None]:
        self._before_read = interfere
        try:
            yield
        finally:
            self._before_read = _nothing

    @contextmanager
    def before_write(self, interfere: Interference) -> Iterator[None]:
        """Not before what `interfere` itself writes."""

        def once_removed(table: str) -> None:
            self._before_write = _nothing
            try:
                interfere(table)
            finally:
                self._before_write = once_removed

        self._before_write = once_removed
        try:
            yield
        finally:
            self._before_write = _nothing

    @contextmanager
    def counted(self) -> Iterator[Callable[[], int]]:
        """Gives how often the databases have been asked since."""
        asked: list[str] = []
        with self.before_read(asked.append), self.before_write(asked.append):
            yield lambda: len(asked)

    def read(self, table: str) -> None:
        self.check()
        self._before_read(table)

    def write(self, table: str) -> None:
        self.check()
        self._before_write(table)

    def check(self) -> None:
        if self.is_unavailable:
            raise Unavailable("The database is unavailable.")


def _nothing(_: str) -> None:
    return


def faulty_stores(settings: Settings, faults: Faults) -> Stores:
    """Those of the settings, on SQLite."""
    path = settings.database_url.removeprefix("sqlite:///")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    database = SqliteDatabase(path)
    engine = _FaultyEngine(SqliteEngine(database), faults)
    return stores_over(
        engine, FolderFileStore(settings.data_dir / "files"), _FaultyPing(database, faults), database.close
    )


class _FaultyPing:
    def __init__(self, database: Pingable, faults: Faults) -> None:
        self._database = database
        self._faults = faults

    def ping(self) -> None:
        self._faults.check()
        self._database.ping()


class _FaultyEngine:
    def __init__(self, engine: RecordEngine, faults: Faults) -> None:
        self._engine = engine
        self._faults = faults

    def encode(self, record: object, derived: Mapping[str, object] | None = None) -> Document:
        return self._engine.encode(record, derived)

    def decode(self, document: Document, record_type: type[T]) -> T:
        return self._engine.decode(document, record_type)

    def add(self, table: str, document: Document, cap: Cap | None = None) -> None:
        self._faults.write(table)
        self._engine.add(table, document, cap)

    def put(self, table: str, documents: Sequence[Document]) -> None:
        self._faults.write(table)
        self._engine.put(table, documents)

    def save(self, table: str, document: Document, over_version: int) -> bool:
        self._faults.write(table)
        return self._engine.save(table, document, over_version)

    def find(self, query: Query) -> Sequence[Document]:
        self._faults.read(query.table)
        return self._engine.find(query)

    def counts(self, table: str, field: str, conditions: Sequence[Condition]) -> dict[str | None, int]:
        self._faults.read(table)
        return self._engine.counts(table, field, conditions)

    def change(self, table: str, conditions: Sequence[Condition], values: Mapping[str, datetime]) -> int:
        self._faults.write(table)
        return self._engine.change(table, conditions, values)

    def remove(self, table: str, conditions: Sequence[Condition]) -> int:
        self._faults.write(table)
        return self._engine.remove(table, conditions)
