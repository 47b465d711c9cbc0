from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.sqlite.collection import NEWEST_FIRST, Order, VersionedCollection
from adapters.sqlite.conditions import any_of, compare
from adapters.sqlite.database import SqliteDatabase
from adapters.sqlite.documents import to_text
from core.domain.mail.emails import Email, EmailState
from core.domain.paging import Page, PageRequest

_LONGEST_WAITING_FIRST = Order(("due_at", "id"))


def _derived(mail: Email) -> Mapping[str, object]:
    return {"due_at": mail.due_at}


class SqliteMails(VersionedCollection[Email]):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, "mails", Email, _derived)

    def get(self, mail_id: str) -> Email | None:
        return self._find(mail_id)

    def due(self, now: datetime, limit: int) -> Sequence[Email]:
        return self._select([compare("due_at", "<=", now)], _LONGEST_WAITING_FIRST, limit)

    def page(self, states: Sequence[EmailState], request: PageRequest) -> Page[Email]:
        conditions = [any_of("state", states)] if states else []
        return self._page(conditions, NEWEST_FIRST, request)


@dataclass(frozen=True, slots=True)
class _Suppression:
    """The id is the address's email key."""

    id: str
    reason: str
    created_at: datetime


class SqliteSuppressions:
    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def add(self, email_key: str, reason: str, now: datetime) -> None:
        statement = "INSERT INTO suppressions (id, doc) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"
        doc = to_text(_Suppression(email_key, reason, now), {})
        with self._database.writing() as connection:
            connection.execute(statement, (email_key, doc))

    def contains(self, email_key: str) -> bool:
        statement = "SELECT 1 FROM suppressions WHERE id = ?"
        with self._database.reading() as connection:
            return connection.execute(statement, (email_key,)).fetchone() is not None
