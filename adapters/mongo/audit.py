from __future__ import annotations

from adapters.mongo.collection import NEWEST_FIRST, Collection
from adapters.mongo.conditions import compare
from adapters.mongo.database import MongoDatabase
from core.domain.identity.audit import SecurityEvent
from core.domain.paging import Page, PageRequest


class MongoSecurityEvents(Collection[SecurityEvent]):
    def __init__(self, database: MongoDatabase) -> None:
        super().__init__(database, "security_events", SecurityEvent)

    def page(self, user_id: str, request: PageRequest) -> Page[SecurityEvent]:
        return self._page([compare("user_id", "$eq", user_id)], NEWEST_FIRST, request)
