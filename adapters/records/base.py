"""Records of one type in one table.

A stored document that cannot be read, for example because another release has written it, is skipped and
logged with its id. It does not block the other documents.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from adapters.records.conditions import BY_ID, Condition, Equal, Order
from adapters.records.engine import Cap, Document, Query, RecordEngine, UnreadableDocument
from core.domain.errors import VersionConflict
from core.domain.paging import Page, PageRequest

log = logging.getLogger(__name__)

MAX_UNREADABLE = 1_000
"""The number of unreadable documents that one call skips at most."""


class Record(Protocol):
    @property
    def id(self) -> str: ...


class VersionedRecord(Record, Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Record)
V = TypeVar("V", bound=VersionedRecord)


def nothing(_: object) -> Mapping[str, object]:
    return {}


class Records(Generic[T]):
    """The records of one type, each stored as a document of one table. `cap` bounds their number."""

    def __init__(
        self, engine: RecordEngine, table: str, record_type: type[T], *, cap: Cap | None = None
    ) -> None:
        self._engine = engine
        self._table = table
        self._record_type = record_type
        self._cap = cap
        self._reported: set[str] = set()

    def add(self, record: T) -> None:
        self._engine.add(self._table, self._document(record), self._cap)

    def contains(self, record_id: str) -> bool:
        return bool(self._engine.find(Query(self._table, [Equal("id", record_id)], limit=1, fields=["id"])))

    def _find(self, record_id: str, *conditions: Condition) -> T | None:
        return self._first(Equal("id", record_id), *conditions)

    def _first(self, *conditions: Condition) -> T | None:
        documents = self._engine.find(Query(self._table, conditions, limit=1))
        return self._record(documents[0]) if documents else None

    def _select(
        self, conditions: Sequence[Condition], order: Order = BY_ID, limit: int | None = None
    ) -> list[T]:
        found, _ = self._read(Query(self._table, conditions, order, limit=limit))
        return [record for _, record in found]

    def _page(self, conditions: Sequence[Condition], order: Order, request: PageRequest) -> Page[T]:
        after = None if request.after is None else order.checked(request.after)
        found, last = self._read(Query(self._table, conditions, order, after, request.limit + 1))
        shown = found[: request.limit]
        if len(found) > len(shown):
            last = shown[-1][0]
        return Page(
            items=tuple(record for _, record in shown),
            next_after=None if last is None else order.key(last),
        )

    def _read(self, query: Query) -> tuple[list[tuple[Document, T]], Document | None]:
        """Up to the query's limit of readable documents with their records.

        If there are too many unreadable documents, reading stops, and the last document that was read is
        returned beside them.
        """
        limit, reach = query.limit, query.limit
        while True:
            documents = self._engine.find(replace(query, limit=reach))
            records = [(document, self._record(document, query.order)) for document in documents]
            found = [(document, record) for document, record in records if record is not None]
            if limit is None or reach is None or len(found) >= limit or len(documents) < reach:
                return found[:limit], None
            if reach >= limit + MAX_UNREADABLE:
                return found, documents[-1]
            unreadable = len(documents) - len(found)
            reach = min(reach + 2 * unreadable, limit + MAX_UNREADABLE)

    def _counts(self, field: str, *conditions: Condition) -> dict[str, int]:
        """The number of records that meet the conditions, by the field's value; records without one are
        left out."""
        counts = self._engine.counts(self._table, field, conditions)
        return {value: count for value, count in counts.items() if value is not None}

    def _remove(self, *conditions: Condition) -> int:
        return self._engine.remove(self._table, conditions)

    def _document(self, record: T) -> Document:
        return self._engine.encode(record)

    def _record(self, document: Document, order: Order | None = None) -> T | None:
        """The record, or None if the document cannot be read or lacks a field of the order."""
        faults = () if order is None else order.missing_in(document)
        if not faults:
            try:
                return self._engine.decode(document, self._record_type)
            except UnreadableDocument as error:
                faults = error.fields
        self._report_unreadable(document["id"], faults)
        return None

    def _report_unreadable(self, record_id: str, fields: Sequence[str]) -> None:
        """Log a document once per process: a worker finds the same ones every second."""
        if record_id in self._reported:
            return
        if len(self._reported) >= MAX_UNREADABLE:
            self._reported.clear()
        self._reported.add(record_id)
        log.error(
            "%s %s cannot be read and is skipped, because of: %s", self._table, record_id, ", ".join(fields)
        )


class VersionedRecords(Records[V]):
    """Records with optimistic locking: saving a stale record is refused.

    `derived` returns additional fields that queries use. `derived_of` in the document maps each of them to
    the version of the record it was computed from. If that differs from the document's version or is
    missing, a release that does not know the field has saved the record.
    """

    def __init__(
        self,
        engine: RecordEngine,
        table: str,
        record_type: type[V],
        derived: Callable[[V], Mapping[str, object]] = nothing,
    ) -> None:
        super().__init__(engine, table, record_type)
        self._derived = derived

    def save(self, record: V) -> V:
        """Save over the previous version. Stored fields that this release does not know are kept."""
        saved = replace(record, version=record.version + 1)
        if not self._engine.save(self._table, self._document(saved), over_version=record.version):
            raise VersionConflict(f"{self._table} {record.id}")
        return saved

    def _remove_version(self, record_id: str, user_id: str, version: int | None) -> bool:
        """Remove it if it is that user's and has that version, where one is given; whether it was there."""
        conditions: list[Condition] = [Equal("id", record_id), Equal("user_id", user_id)]
        if version is not None:
            conditions.append(Equal("version", version))
        return self._remove(*conditions) > 0

    def _put(self, records: Sequence[V]) -> None:
        if records:
            self._engine.put(self._table, [self._document(record) for record in records])

    def _document(self, record: V) -> Document:
        derived = self._derived(record)
        if not derived:
            return self._engine.encode(record)
        return self._engine.encode(record, {**derived, "derived_of": dict.fromkeys(derived, record.version)})
