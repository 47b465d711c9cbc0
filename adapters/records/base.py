from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from adapters.records.conditions import BY_ID, Condition, Equal, Order
from adapters.records.engine import Cap, Document, Query, RecordEngine
from core.domain.errors import VersionConflict
from core.domain.paging import Page, PageRequest


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
    """The records of one type, each a document of one table. `cap` bounds how many are kept."""

    def __init__(
        self, engine: RecordEngine, table: str, record_type: type[T], *, cap: Cap | None = None
    ) -> None:
        self._engine = engine
        self._table = table
        self._record_type = record_type
        self._cap = cap

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
        documents = self._engine.find(Query(self._table, conditions, order, limit=limit))
        return [self._record(document) for document in documents]

    def _page(self, conditions: Sequence[Condition], order: Order, request: PageRequest) -> Page[T]:
        after = None if request.after is None else order.checked(request.after)
        documents = self._engine.find(Query(self._table, conditions, order, after, request.limit + 1))
        shown = documents[: request.limit]
        return Page(
            items=tuple(self._record(document) for document in shown),
            next_after=order.key(shown[-1]) if len(documents) > len(shown) else None,
        )

    def _counts(self, field: str, *conditions: Condition) -> dict[str, int]:
        return self._engine.counts(self._table, field, conditions)

    def _remove(self, *conditions: Condition) -> int:
        return self._engine.remove(self._table, conditions)

    def _document(self, record: T) -> Document:
        return self._engine.encode(record)

    def _record(self, document: Document) -> T:
        return self._engine.decode(document, self._record_type)


class VersionedRecords(Records[V]):
    """Records that several may change at once: whoever saves a stale one is refused.

    `derived` gives further fields for queries to look at. `derived_of` in the document tells, for
    each of them, the version of the record that it was computed from. Another number than the
    document's version, or none, means that a release that does not know the field saved the record.
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
        """Fields of the stored document that this release does not know stay as they are."""
        saved = replace(record, version=record.version + 1)
        if not self._engine.save(self._table, self._document(saved), over_version=record.version):
            raise VersionConflict(f"{self._table} {record.id}")
        return saved

    def _put(self, records: Sequence[V]) -> None:
        if records:
            self._engine.put(self._table, [self._document(record) for record in records])

    def _document(self, record: V) -> Document:
        derived = self._derived(record)
        if not derived:
            return self._engine.encode(record)
        return self._engine.encode(record, {**derived, "derived_of": dict.fromkeys(derived, record.version)})
