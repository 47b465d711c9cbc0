from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.mongo.collection import NEWEST_FIRST, Order, VersionedCollection
from adapters.mongo.conditions import compare
from adapters.mongo.database import MongoDatabase
from core.domain.library.exports import Export
from core.domain.paging import Page, PageRequest

_LONGEST_EXPIRED_FIRST = Order(("purge_at", "id"))


def _derived(export: Export) -> Mapping[str, object]:
    return {"purge_at": export.purge_at}


class MongoExports(VersionedCollection[Export]):
    def __init__(self, database: MongoDatabase) -> None:
        super().__init__(database, "exports", Export, _derived)

    def get(self, user_id: str, export_id: str) -> Export | None:
        return self._find(export_id, compare("user_id", "$eq", user_id))

    def page(self, user_id: str, request: PageRequest) -> Page[Export]:
        return self._page([compare("user_id", "$eq", user_id)], NEWEST_FIRST, request)

    def remove(self, user_id: str, export_id: str) -> bool:
        return self._remove(compare("_id", "$eq", export_id), compare("user_id", "$eq", user_id)) > 0

    def expired(self, now: datetime, limit: int) -> Sequence[Export]:
        return self._select([compare("purge_at", "$lte", now)], _LONGEST_EXPIRED_FIRST, limit)
