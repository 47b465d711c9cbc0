from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from adapters.mongo.conditions import ordering, where
from adapters.mongo.database import MongoDatabase, unavailable_if_away
from adapters.mongo.documents import to_document, to_record
from adapters.records.conditions import NEWEST_FIRST, Compare, Condition, Equal
from adapters.records.engine import Cap, Document, Query
from core.domain.errors import AlreadyExists

T = TypeVar("T")

_AS_THEY_ARE: Mapping[str, Any] = {"$pullAll": {"_none": []}}
"""Part of each update that sets fields. It removes nothing, from a field that no document has.

It has no effect in MongoDB. The test server nx-27017 0.8 stores dates in `$set` as text unless the update
also has an operator like this one.
"""


class MongoEngine:
    """A RecordEngine on MongoDB. Each table is a collection; `_id` and `id` are the record's id."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database.database

    def encode(self, record: object, derived: Mapping[str, object] | None = None) -> Document:
        return to_document(record, derived or {})

    def decode(self, document: Document, record_type: type[T]) -> T:
        return to_record(document, record_type)

    def add(self, table: str, document: Document, cap: Cap | None = None) -> None:
        """Records beyond the cap are removed after the insert."""
        try:
            with unavailable_if_away(), _refused_if_taken():
                self._database[table].insert_one({"_id": document["id"], **document})
        except AlreadyExists:
            # The process that added it may have been interrupted before it trimmed.
            self._trim(table, document, cap)
            raise
        self._trim(table, document, cap)

    def put(self, table: str, documents: Sequence[Document]) -> None:
        """Not atomic: only some are written if the server becomes unavailable meanwhile."""
        writes = [
            UpdateOne({"_id": {"$eq": document["id"]}}, _setting(document), upsert=True)
            for document in documents
        ]
        with unavailable_if_away():
            self._database[table].bulk_write(writes, ordered=False)

    def save(self, table: str, document: Document, over_version: int) -> bool:
        unchanged = {"_id": {"$eq": document["id"]}, "version": {"$eq": over_version}}
        with unavailable_if_away(), _refused_if_taken():
            return self._database[table].update_one(unchanged, _setting(document)).matched_count > 0

    def find(self, query: Query) -> Sequence[Document]:
        with unavailable_if_away():
            found = self._database[query.table].find(
                where(query.conditions, query.order, query.after),
                query.fields,
                sort=None if query.order is None else ordering(query.order),
                limit=query.limit or 0,
            )
            return [{**document, "id": document["_id"]} for document in found]

    def counts(self, table: str, field: str, conditions: Sequence[Condition]) -> dict[str | None, int]:
        steps: list[Mapping[str, Any]] = [
            {"$match": where(conditions)},
            {"$group": {"_id": f"${field}", "amount": {"$sum": 1}}},
        ]
        with unavailable_if_away():
            return {group["_id"]: group["amount"] for group in self._database[table].aggregate(steps)}

    def change(self, table: str, conditions: Sequence[Condition], values: Mapping[str, datetime]) -> int:
        update = {**_setting(values), "$inc": {"version": 1}}
        with unavailable_if_away():
            return self._database[table].update_many(where(conditions), update).modified_count

    def remove(self, table: str, conditions: Sequence[Condition]) -> int:
        with unavailable_if_away():
            return self._database[table].delete_many(where(conditions)).deleted_count

    def _trim(self, table: str, document: Document, cap: Cap | None) -> None:
        """Remove all but the newest of those that share the field with the document.

        Several processes may trim at once: a document that is beyond the cap when it is read is still
        beyond it when it is removed, unless all documents are removed.
        """
        if cap is None:
            return
        shares = Equal(cap.field, document[cap.field])
        with unavailable_if_away():
            beyond = self._database[table].find(
                where([shares]), ["id"], sort=ordering(NEWEST_FIRST), skip=cap.newest, limit=1
            )
            for newest_beyond in beyond:
                self.remove(table, [shares, Compare("id", "<=", newest_beyond["id"])])


def _setting(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"$set": dict(values), **_AS_THEY_ARE}


@contextmanager
def _refused_if_taken() -> Iterator[None]:
    try:
        yield
    except DuplicateKeyError as error:
        raise AlreadyExists(str(error)) from error
