from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import Field, dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pymongo import ASCENDING, DESCENDING, ReplaceOne
from pymongo.errors import DuplicateKeyError

from adapters.mongo.conditions import Condition, Operator, all_of, compare
from adapters.mongo.database import Document, MongoDatabase, unavailable_if_away
from adapters.mongo.documents import to_document, to_record
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
    def keys(self) -> list[tuple[str, int]]:
        return [(name, DESCENDING if self.descending else ASCENDING) for name in self.names]

    def after(self, key: Key) -> Condition:
        """What follows the key. Raises Invalid if the key is not one of this order."""
        if len(key) != len(self.names):
            raise Invalid("The cursor belongs to another list.", code="cursor_invalid")
        beyond: Operator = "$lt" if self.descending else "$gt"
        if len(key) == 1:
            return compare(self.names[0], beyond, key[0])
        from_there_on: Operator = "$lte" if self.descending else "$gte"
        fields = list(zip(self.names, key, strict=True))
        branches = []
        for position, (name, value) in enumerate(fields):
            equal = [compare(earlier, "$eq", known) for earlier, known in fields[:position]]
            branches.append(all_of([*equal, compare(name, beyond, value)]))
        # The first condition follows from the others; it is there because it bounds the index scan.
        return all_of([compare(self.names[0], from_there_on, key[0]), {"$or": branches}])

    def key(self, document: Mapping[str, Any]) -> Key:
        return tuple(document[name] for name in self.names)


BY_ID = Order(("id",))
NEWEST_FIRST = Order(("id",), descending=True)


def nothing(_: object) -> Mapping[str, object]:
    return {}


@contextmanager
def _refused_if_taken() -> Iterator[None]:
    try:
        yield
    except DuplicateKeyError as error:
        raise AlreadyExists(str(error)) from error


class Collection(Generic[T]):
    """The records of one type, each a document of one collection.

    `derived` gives further keys for queries to look at.
    """

    def __init__(
        self,
        database: MongoDatabase,
        name: str,
        record_type: type[T],
        derived: Callable[[T], Mapping[str, object]] = nothing,
    ) -> None:
        self._collection = database.database[name]
        self._record_type = record_type
        self._derived = derived

    def add(self, record: T) -> None:
        with unavailable_if_away(), _refused_if_taken():
            self._collection.insert_one(self._document(record))

    def _put(self, records: Sequence[T]) -> None:
        """Write all of them, over those that are there; some of them, if the server goes away meanwhile."""
        if not records:
            return
        writes = [ReplaceOne({"_id": record.id}, self._document(record), upsert=True) for record in records]
        with unavailable_if_away():
            self._collection.bulk_write(writes, ordered=False)

    def _find(self, record_id: str, *conditions: Condition) -> T | None:
        return self._first(compare("_id", "$eq", record_id), *conditions)

    def _first(self, *conditions: Condition) -> T | None:
        with unavailable_if_away():
            document = self._collection.find_one(all_of(conditions))
        return None if document is None else to_record(document, self._record_type)

    def _select(self, conditions: Sequence[Condition], order: Order, limit: int = 0) -> list[T]:
        return [
            to_record(document, self._record_type) for document in self._find_all(conditions, order, limit)
        ]

    def _page(self, conditions: Sequence[Condition], order: Order, request: PageRequest) -> Page[T]:
        if request.after is not None:
            conditions = [*conditions, order.after(request.after)]
        documents = self._find_all(conditions, order, request.limit + 1)
        shown = documents[: request.limit]
        return Page(
            items=tuple(to_record(document, self._record_type) for document in shown),
            next_after=order.key(shown[-1]) if len(documents) > len(shown) else None,
        )

    def _find_all(
        self,
        conditions: Sequence[Condition],
        order: Order,
        limit: int = 0,
        projection: Sequence[str] | None = None,
    ) -> list[Document]:
        """At most `limit` documents, or all of them if it is 0."""
        with unavailable_if_away():
            found = self._collection.find(all_of(conditions), projection, sort=order.keys, limit=limit)
            return list(found)

    def _counts(self, name: str, *conditions: Condition) -> dict[str, int]:
        """How many records meet the conditions, by the value of that field."""
        steps: list[Mapping[str, Any]] = [
            {"$match": all_of(conditions)},
            {"$group": {"_id": f"${name}", "amount": {"$sum": 1}}},
        ]
        with unavailable_if_away():
            return {group["_id"]: group["amount"] for group in self._collection.aggregate(steps)}

    def _remove(self, *conditions: Condition) -> int:
        with unavailable_if_away():
            return self._collection.delete_many(all_of(conditions)).deleted_count

    def _document(self, record: T) -> Document:
        return to_document(record, self._derived(record))


class VersionedCollection(Collection[V]):
    """Records that several may change at once: whoever saves a stale one is told."""

    def save(self, record: V) -> V:
        saved = replace(record, version=record.version + 1)
        unchanged = all_of([compare("_id", "$eq", record.id), compare("version", "$eq", record.version)])
        with unavailable_if_away(), _refused_if_taken():
            result = self._collection.replace_one(unchanged, self._document(saved))
        if not result.matched_count:
            raise VersionConflict(f"{self._collection.name} {record.id}")
        return saved
