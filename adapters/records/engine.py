"""What a database does for the repositories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from adapters.records.conditions import Condition, Order
from core.domain.paging import Key

T = TypeVar("T")

Document = dict[str, Any]
"""A record in the form that an engine stores, by field. `id` is always there."""


class UnreadableDocument(Exception):
    """A stored document does not make a record.

    `fields` are missing, or hold what this release does not know.
    """

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Query:
    """Documents of one table that meet all conditions.

    `after` is a key of the order: only what follows it is found. `fields` names those that are
    needed; the others may be left out. Without it all are needed.
    """

    table: str
    conditions: Sequence[Condition]
    order: Order | None = None
    after: Key | None = None
    limit: int | None = None
    fields: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """Of the records that share a value of `field`, only the `newest` with the greatest ids are kept."""

    field: str
    newest: int


class RecordEngine(Protocol):
    """Tables of documents. Each method raises Unavailable while the database is unavailable.

    What writes over a stored document replaces the fields that it is given, each as a whole, and
    keeps the others: a newer release may have written them.
    """

    def encode(self, record: object, derived: Mapping[str, object] | None = None) -> Document:
        """The record's document, with fields beside its own that only queries look at."""

    def decode(self, document: Document, record_type: type[T]) -> T:
        """Unknown fields are ignored, missing ones take the default, so that old documents can be read.

        Raises UnreadableDocument.
        """

    def add(self, table: str, document: Document, cap: Cap | None = None) -> None:
        """Raises AlreadyExists if the id or a unique key is taken. What exceeds the cap is removed."""

    def put(self, table: str, documents: Sequence[Document]) -> None:
        """Write all of them, each over the one with the same id if there is one. All have the same fields."""

    def save(self, table: str, document: Document, over_version: int) -> bool:
        """Write it if the stored one has that version; whether it had. One write, atomic.

        Raises AlreadyExists if a unique key is taken.
        """

    def find(self, query: Query) -> Sequence[Document]: ...

    def counts(self, table: str, field: str, conditions: Sequence[Condition]) -> dict[str | None, int]:
        """How many records meet the conditions, by the value of that field; None for those without it."""

    def change(self, table: str, conditions: Sequence[Condition], values: Mapping[str, datetime]) -> int:
        """Set these fields and count up the version wherever the conditions are met; how many.

        Each record changes in one atomic step. Derived fields are not computed anew.
        """

    def remove(self, table: str, conditions: Sequence[Condition]) -> int:
        """How many met the conditions, and are gone."""
