from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from adapters.records.base import Records, VersionedRecords
from adapters.records.conditions import NEWEST_FIRST, AnyOf, Compare, Order
from adapters.records.engine import RecordEngine
from core.domain.errors import AlreadyExists
from core.domain.mail.emails import Email, EmailState
from core.domain.paging import Page, PageRequest

_LONGEST_WAITING_FIRST = Order(("due_at", "id"))


class EmailRecords(VersionedRecords[Email]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "mails", Email, lambda email: {"due_at": email.due_at})

    def get(self, mail_id: str) -> Email | None:
        return self._find(mail_id)

    def due(self, now: datetime, limit: int) -> Sequence[Email]:
        return self._select([Compare("due_at", "<=", now)], _LONGEST_WAITING_FIRST, limit)

    def page(self, states: Sequence[EmailState], request: PageRequest) -> Page[Email]:
        return self._page([AnyOf("state", states)] if states else [], NEWEST_FIRST, request)


@dataclass(frozen=True, slots=True)
class _Suppression:
    """The id is the address's email key."""

    id: str
    reason: str
    created_at: datetime


class SuppressionRecords:
    def __init__(self, engine: RecordEngine) -> None:
        self._records = Records(engine, "suppressions", _Suppression)

    def add(self, email_key: str, reason: str, now: datetime) -> None:
        with suppress(AlreadyExists):
            self._records.add(_Suppression(email_key, reason, now))

    def contains(self, email_key: str) -> bool:
        return self._records.contains(email_key)
