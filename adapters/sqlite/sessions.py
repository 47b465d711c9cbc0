from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.sqlite.collection import NEWEST_FIRST, Order, VersionedCollection
from adapters.sqlite.conditions import any_of, compare, has_any, is_unset
from adapters.sqlite.database import SqliteDatabase
from core.domain.library.sessions import Session, SessionFilter, label_key
from core.domain.paging import Page, PageRequest

_LONGEST_DELETED_FIRST = Order(("deleted_at", "id"))


class SqliteSessions(VersionedCollection[Session]):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, "sessions", Session)

    def get(self, user_id: str, session_id: str) -> Session | None:
        return self._find(session_id, compare("user_id", "=", user_id), is_unset("deleted_at"))

    def page(self, user_id: str, wanted: SessionFilter, request: PageRequest) -> Page[Session]:
        conditions = [compare("user_id", "=", user_id), is_unset("deleted_at")]
        if wanted.statuses:
            conditions.append(any_of("status", wanted.statuses))
        if wanted.tags:
            conditions.append(has_any("tags", (label_key(tag) for tag in wanted.tags)))
        return self._page(conditions, NEWEST_FIRST, request)

    def deleted_before(self, moment: datetime, limit: int) -> Sequence[Session]:
        return self._select([compare("deleted_at", "<", moment)], _LONGEST_DELETED_FIRST, limit)

    def remove(self, session_id: str) -> None:
        self._remove(compare("id", "=", session_id))
