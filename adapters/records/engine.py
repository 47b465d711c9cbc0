"""The storage operations that a database provides for the repositories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from adapters.records.conditions import Condition, Order
from core.domain.paging import Key

T = TypeVar("T")

Document = dict[str, Any]
"""A record as an engine stores it, by field. `id` is always present."""


class UnreadableDocument(Exception):
    """A stored document cannot be converted to a record.

    `fields` are missing or contain values that this release does not know.
    """

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Query:
    """Documents of one table that meet all conditions.

    `after` is a key of the order: only documents after it are found. `fields` names the fields that are
    needed; an engine may leave out the others. Without it, all are needed.
    """

    table: str
    conditions: Sequence[Condition]
    order: Order | None = None
    after: Key | None = None
    limit: int | None = None
    fields: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """Of the records with the same value of `field`, only the `newest` with the greatest ids are kept."""

    field: str
    newest: int


class RecordEngine(Protocol):
    """Tables of documents. Each method raises Unavailable while the database is unavailable.

    A write over a stored document replaces each given field as a whole and keeps the other fields: a
    newer release may have written them.
    """

    def encode(self, record: object, derived: Mapping[str, object] | None = None) -> Document:
        """The record's document. `derived` fields are added for queries only."""

    def decode(self, document: Document, record_type: type[T]) -> T:
        """The record. Unknown fields are ignored and missing ones get the default, so that documents of other
        releases can be read.

        Raises UnreadableDocument.
        """

    def add(self, table: str, document: Document, cap: Cap | None = None) -> None:
        """Raises AlreadyExists if the id or a unique key is taken. Records beyond the cap are removed."""

    def put(self, table: str, documents: Sequence[Document]) -> None:
        """Insert or overwrite all of them by id. All have the same fields."""

    def save(self, table: str, document: Document, over_version: int) -> bool:
        """Write it if the stored document has that version, and return whether it had. The write is atomic.

        Raises AlreadyExists if a unique key is taken.
        """

    def find(self, query: Query) -> Sequence[Document]: ...

    def counts(self, table: str, field: str, conditions: Sequence[Condition]) -> dict[str | None, int]:
        """The number of records that meet the conditions, by the field's value; None counts those without."""

    def change(self, table: str, conditions: Sequence[Condition], values: Mapping[str, datetime]) -> int:
        """Set these fields and increase the version of records that meet the conditions; return how many.

        Each record changes in one atomic step. Derived fields are not recomputed.
        """

    def remove(self, table: str, conditions: Sequence[Condition]) -> int:
        """Remove the records that meet the conditions; return how many."""
