from __future__ import annotations

from adapters.sqlite.collection import NEWEST_FIRST, Collection
from adapters.sqlite.conditions import compare
from adapters.sqlite.database import SqliteDatabase
from core.domain.identity.audit import SecurityEvent
from core.domain.paging import Page, PageRequest


class SqliteSecurityEvents(Collection[SecurityEvent]):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, "security_events", SecurityEvent)

    def page(self, user_id: str, request: PageRequest) -> Page[SecurityEvent]:
        return self._page([compare("user_id", "=", user_id)], NEWEST_FIRST, request)
