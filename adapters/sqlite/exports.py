from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.sqlite.collection import NEWEST_FIRST, Order, VersionedCollection
from adapters.sqlite.conditions import compare
from adapters.sqlite.database import SqliteDatabase
from core.domain.library.exports import Export
from core.domain.paging import Page, PageRequest

_LONGEST_EXPIRED_FIRST = Order(("purge_at", "id"))


def _derived(export: Export) -> Mapping[str, object]:
    return {"purge_at": export.purge_at}


class SqliteExports(VersionedCollection[Export]):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, "exports", Export, _derived)

    def get(self, user_id: str, export_id: str) -> Export | None:
        return self._find(export_id, compare("user_id", "=", user_id))

    def page(self, user_id: str, request: PageRequest) -> Page[Export]:
        return self._page([compare("user_id", "=", user_id)], NEWEST_FIRST, request)

    def remove(self, user_id: str, export_id: str) -> bool:
        return self._remove(compare("id", "=", export_id), compare("user_id", "=", user_id)) > 0

    def expired(self, now: datetime, limit: int) -> Sequence[Export]:
        return self._select([compare("purge_at", "<=", now)], _LONGEST_EXPIRED_FIRST, limit)
