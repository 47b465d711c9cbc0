from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from adapters.records.conditions import Condition
from adapters.records.engine import Cap, Document, Query
from adapters.sqlite.conditions import column, ordering, where
from adapters.sqlite.database import SqliteDatabase
from adapters.sqlite.documents import moment_text, to_document, to_record, to_text
from core.domain.errors import AlreadyExists

T = TypeVar("T")


class SqliteEngine:
    """A RecordEngine on SQLite. Each document is the JSON text in a row of one table."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def encode(self, record: object, derived: Mapping[str, object] | None = None) -> Document:
        return to_document(record, derived or {})

    def decode(self, document: Document, record_type: type[T]) -> T:
        return to_record(document, record_type)

    def add(self, table: str, document: Document, cap: Cap | None = None) -> None:
        with _refused_if_taken(), self._database.writing() as connection:
            connection.execute(f"INSERT INTO {table} (id, doc) VALUES (:id, :doc)", _row(document))
            if cap is not None:
                values = {"shared": document[cap.field], "newest": cap.newest}
                connection.execute(_trimming(table, cap), values)

    def put(self, table: str, documents: Sequence[Document]) -> None:
        statement = (
            f"INSERT INTO {table} (id, doc) VALUES (:id, :doc)"
            f" ON CONFLICT (id) DO UPDATE SET doc = {_merged(documents[0])}"
        )
        with self._database.writing() as connection:
            connection.executemany(statement, [_row(document) for document in documents])

    def save(self, table: str, document: Document, over_version: int) -> bool:
        statement = (
            f"UPDATE {table} SET doc = {_merged(document)} WHERE id = :id AND doc ->> '$.version' = :version"
        )
        values = {**_row(document), "version": over_version}
        with _refused_if_taken(), self._database.writing() as connection:
            return connection.execute(statement, values).rowcount > 0

    def find(self, query: Query) -> Sequence[Document]:
        condition = where(query.conditions, query.order, query.after)
        by = "" if query.order is None else f" ORDER BY {ordering(query.order)}"
        limit = -1 if query.limit is None else query.limit
        statement = f"SELECT id, doc FROM {query.table} WHERE {condition.text}{by} LIMIT ?"
        with self._database.reading() as connection:
            rows = connection.execute(statement, (*condition.values, limit)).fetchall()
        return [{**json.loads(doc), "id": record_id} for record_id, doc in rows]

    def counts(self, table: str, field: str, conditions: Sequence[Condition]) -> dict[str | None, int]:
        condition = where(conditions)
        statement = f"SELECT {column(field)}, count(*) FROM {table} WHERE {condition.text} GROUP BY 1"
        with self._database.reading() as connection:
            return dict(connection.execute(statement, condition.values).fetchall())

    def change(self, table: str, conditions: Sequence[Condition], values: Mapping[str, datetime]) -> int:
        condition = where(conditions)
        changes = "".join(f", '$.{field}', ?" for field in values)
        statement = (
            f"UPDATE {table} SET doc = json_set(doc, '$.version', (doc ->> '$.version') + 1{changes})"
            f" WHERE {condition.text}"
        )
        moments = [moment_text(moment) for moment in values.values()]
        with self._database.writing() as connection:
            return connection.execute(statement, (*moments, *condition.values)).rowcount

    def remove(self, table: str, conditions: Sequence[Condition]) -> int:
        condition = where(conditions)
        with self._database.writing() as connection:
            statement = f"DELETE FROM {table} WHERE {condition.text}"
            return connection.execute(statement, condition.values).rowcount


def _row(document: Document) -> dict[str, str]:
    return {"id": document["id"], "doc": to_text(document)}


def _merged(document: Document) -> str:
    """The SQL of the stored document with the fields of `:doc` replaced as a whole.

    `json_patch` would merge the contents of fields.
    """
    changes = "".join(f", '$.{field}', :doc -> '$.{field}'" for field in document)
    return f"json_set(doc{changes})"


def _trimming(table: str, cap: Cap) -> str:
    """The SQL that removes records beyond the cap. If there are fewer, the inner query is NULL and no row
    matches."""
    shares = f"{column(cap.field)} = :shared"
    return (
        f"DELETE FROM {table} WHERE {shares} AND id <= ("
        f"SELECT id FROM {table} WHERE {shares} ORDER BY id DESC LIMIT 1 OFFSET :newest)"
    )


@contextmanager
def _refused_if_taken() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(str(error)) from error
