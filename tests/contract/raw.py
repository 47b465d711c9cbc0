"""Stored documents, as the driver sees them: what another release may have written."""

from __future__ import annotations

import json
from typing import Any, Protocol

from adapters.mongo.database import MongoDatabase
from adapters.sqlite.database import SqliteDatabase


class RawDocuments(Protocol):
    def get(self, table: str, record_id: str) -> dict[str, Any]: ...

    def set(self, table: str, record_id: str, field: str, value: Any) -> None: ...

    def unset(self, table: str, record_id: str, field: str) -> None: ...


class SqliteDocuments:
    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def get(self, table: str, record_id: str) -> dict[str, Any]:
        with self._database.reading() as connection:
            (doc,) = connection.execute(f"SELECT doc FROM {table} WHERE id = ?", (record_id,)).fetchone()
        document: dict[str, Any] = json.loads(doc)
        return document

    def set(self, table: str, record_id: str, field: str, value: Any) -> None:
        statement = f"UPDATE {table} SET doc = json_set(doc, '$.{field}', json(?)) WHERE id = ?"
        with self._database.writing() as connection:
            connection.execute(statement, (json.dumps(value), record_id))

    def unset(self, table: str, record_id: str, field: str) -> None:
        statement = f"UPDATE {table} SET doc = json_remove(doc, '$.{field}') WHERE id = ?"
        with self._database.writing() as connection:
            connection.execute(statement, (record_id,))


class MongoDocuments:
    def __init__(self, database: MongoDatabase) -> None:
        self._database = database.database

    def get(self, table: str, record_id: str) -> dict[str, Any]:
        document = self._database[table].find_one({"_id": record_id})
        assert document is not None
        return document

    def set(self, table: str, record_id: str, field: str, value: Any) -> None:
        self._database[table].update_one({"_id": record_id}, {"$set": {field: value}})

    def unset(self, table: str, record_id: str, field: str) -> None:
        self._database[table].update_one({"_id": record_id}, {"$unset": {field: ""}})
