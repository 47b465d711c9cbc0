from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from adapters.mongo.collection import NEWEST_FIRST, Order, VersionedCollection
from adapters.mongo.conditions import any_of, compare
from adapters.mongo.database import MongoDatabase, unavailable_if_away
from adapters.mongo.documents import to_document
from core.domain.mail.emails import Email, EmailState
from core.domain.paging import Page, PageRequest

_LONGEST_WAITING_FIRST = Order(("due_at", "id"))


def _derived(mail: Email) -> Mapping[str, object]:
    return {"due_at": mail.due_at}


class MongoMails(VersionedCollection[Email]):
    def __init__(self, database: MongoDatabase) -> None:
        super().__init__(database, "mails", Email, _derived)

    def get(self, mail_id: str) -> Email | None:
        return self._find(mail_id)

    def due(self, now: datetime, limit: int) -> Sequence[Email]:
        return self._select([compare("due_at", "$lte", now)], _LONGEST_WAITING_FIRST, limit)

    def page(self, states: Sequence[EmailState], request: PageRequest) -> Page[Email]:
        conditions = [any_of("state", states)] if states else []
        return self._page(conditions, NEWEST_FIRST, request)


@dataclass(frozen=True, slots=True)
class _Suppression:
    """The id is the address's email key."""

    id: str
    reason: str
    created_at: datetime


class MongoSuppressions:
    def __init__(self, database: MongoDatabase) -> None:
        self._collection = database.database["suppressions"]

    def add(self, email_key: str, reason: str, now: datetime) -> None:
        document = to_document(_Suppression(email_key, reason, now), {})
        with unavailable_if_away(), suppress(DuplicateKeyError):
            self._collection.insert_one(document)

    def contains(self, email_key: str) -> bool:
        with unavailable_if_away():
            return self._collection.find_one(compare("_id", "$eq", email_key)) is not None
