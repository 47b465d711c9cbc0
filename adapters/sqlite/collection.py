from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from adapters.sqlite.conditions import Condition, column, compare
from adapters.sqlite.database import SqliteDatabase
from adapters.sqlite.documents import to_record, to_text
from core.domain.errors import AlreadyExists, Invalid, VersionConflict
from core.domain.paging import Key, Page, PageRequest


class Record(Protocol):
    @property
    def id(self) -> str: ...


class VersionedRecord(Record, Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Record)
V = TypeVar("V", bound=VersionedRecord)


@dataclass(frozen=True, slots=True)
class Order:
    """A total order: by fields whose values are text, the last of which is the id."""

    names: tuple[str, ...]
    descending: bool = False

    @property
    def sql(self) -> str:
        direction = "DESC" if self.descending else "ASC"
        return ", ".join(f"{column(name)} {direction}" for name in self.names)

    def after(self, key: Key) -> Condition:
        """What follows the key. Raises Invalid if the key is not one of this order."""
        if len(key) != len(self.names):
            raise Invalid("The cursor belongs to another list.", code="cursor_invalid")
        columns = ", ".join(column(name) for name in self.names)
        operator = "<" if self.descending else ">"
        return Condition(f"({columns}) {operator} ({', '.join('?' * len(key))})", key)

    def key(self, document: Mapping[str, Any]) -> Key:
        return tuple(document[name] for name in self.names)


BY_ID = Order(("id",))
NEWEST_FIRST = Order(("id",), descending=True)


def nothing(_: object) -> Mapping[str, object]:
    return {}


class Collection(Generic[T]):
    """The records of one type, each a JSON document in a row of one table.

    `derived` gives further keys for queries to look at.
    """

    def __init__(
        self,
        database: SqliteDatabase,
        table: str,
        record_type: type[T],
        derived: Callable[[T], Mapping[str, object]] = nothing,
    ) -> None:
        self._database = database
        self._table = table
        self._record_type = record_type
        self._derived = derived

    def add(self, record: T) -> None:
        statement = f"INSERT INTO {self._table} (id, doc) VALUES (?, ?)"
        try:
            with self._database.writing() as connection:
                connection.execute(statement, self._row(record))
        except sqlite3.IntegrityError as error:
            raise AlreadyExists(str(error)) from error

    def _put(self, records: Sequence[T]) -> None:
        """Write all of them, over those that are there, or none."""
        statement = (
            f"INSERT INTO {self._table} (id, doc) VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET doc = excluded.doc"
        )
        with self._database.writing() as connection:
            connection.executemany(statement, [self._row(record) for record in records])

    def _find(self, record_id: str, *conditions: Condition) -> T | None:
        return self._first(compare("id", "=", record_id), *conditions)

    def _first(self, *conditions: Condition) -> T | None:
        found = self._select(conditions, BY_ID, 1)
        return found[0] if found else None

    def _select(self, conditions: Sequence[Condition], order: Order, limit: int | None = None) -> list[T]:
        documents = self._documents(conditions, order, limit)
        return [to_record(document, self._record_type) for document in documents]

    def _page(self, conditions: Sequence[Condition], order: Order, request: PageRequest) -> Page[T]:
        if request.after is not None:
            conditions = [*conditions, order.after(request.after)]
        documents = self._documents(conditions, order, request.limit + 1)
        shown = documents[: request.limit]
        return Page(
            items=tuple(to_record(document, self._record_type) for document in shown),
            next_after=order.key(shown[-1]) if len(documents) > len(shown) else None,
        )

    def _documents(
        self, conditions: Sequence[Condition], order: Order, limit: int | None
    ) -> list[dict[str, Any]]:
        where, values = _where(conditions)
        statement = f"SELECT doc FROM {self._table} WHERE {where} ORDER BY {order.sql} LIMIT ?"
        with self._database.reading() as connection:
            rows = connection.execute(statement, (*values, -1 if limit is None else limit)).fetchall()
        return [json.loads(doc) for (doc,) in rows]

    def _counts(self, name: str, *conditions: Condition) -> dict[str, int]:
        """How many records meet the conditions, by the value of that field."""
        where, values = _where(conditions)
        statement = f"SELECT {column(name)}, count(*) FROM {self._table} WHERE {where} GROUP BY 1"
        with self._database.reading() as connection:
            return dict(connection.execute(statement, values).fetchall())

    def _remove(self, *conditions: Condition) -> int:
        where, values = _where(conditions)
        with self._database.writing() as connection:
            return connection.execute(f"DELETE FROM {self._table} WHERE {where}", values).rowcount

    def _row(self, record: T) -> tuple[str, str]:
        return record.id, to_text(record, self._derived(record))


class VersionedCollection(Collection[V]):
    """Records that several may change at once: whoever saves a stale one is told."""

    def save(self, record: V) -> V:
        saved = replace(record, version=record.version + 1)
        record_id, doc = self._row(saved)
        statement = f"UPDATE {self._table} SET doc = ? WHERE id = ? AND doc ->> '$.version' = ?"
        try:
            with self._database.writing() as connection:
                changed = connection.execute(statement, (doc, record_id, record.version)).rowcount
        except sqlite3.IntegrityError as error:
            raise AlreadyExists(str(error)) from error
        if not changed:
            raise VersionConflict(f"{self._table} {record_id}")
        return saved


def _where(conditions: Sequence[Condition]) -> tuple[str, tuple[str | int, ...]]:
    sql = " AND ".join(condition.sql for condition in conditions) or "TRUE"
    return sql, tuple(value for condition in conditions for value in condition.values)
