from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from adapters.records.base import Records, VersionedRecords
from adapters.records.conditions import (
    BY_ID,
    NEWEST_FIRST,
    AnyOf,
    Compare,
    Condition,
    Equal,
    IsSet,
    IsUnset,
    Order,
)
from adapters.records.engine import Document, Query, RecordEngine
from core.domain.identity.audit import SecurityEvent
from core.domain.identity.logins import Login
from core.domain.identity.users import StoredAddress, User
from core.domain.paging import Page, PageRequest

_LONGEST_PENDING_FIRST = Order(("emails_pending_since", "id"))
_NEXT_TO_EXPIRE_FIRST = Order(("expires_at", "id"))


class UserRecords(VersionedRecords[User]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(
            engine, "users", User, lambda user: {"emails_pending_since": user.emails_pending_since}
        )

    def get(self, user_id: str) -> User | None:
        return self._find(user_id)

    def by_email_key(self, email_key: str) -> User | None:
        return self._first(Equal("email_key", email_key))

    def addresses(self, after_id: str | None, limit: int) -> Sequence[StoredAddress]:
        after = None if after_id is None else (after_id,)
        fields = ["id", "email", "email_key"]
        return [
            _address(each) for each in self._engine.find(Query(self._table, [], BY_ID, after, limit, fields))
        ]

    def with_pending_emails(self, limit: int) -> Sequence[User]:
        return self._select([IsSet("emails_pending_since")], _LONGEST_PENDING_FIRST, limit)


def _address(document: Document) -> StoredAddress:
    email, key = document.get("email"), document.get("email_key")
    if not isinstance(email, str) or not isinstance(key, str):
        return StoredAddress(document["id"], None, None)
    return StoredAddress(document["id"], email, key)


class LoginRecords(VersionedRecords[Login]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "logins", Login)

    def get(self, login_id: str) -> Login | None:
        return self._find(login_id)

    def active_of(self, user_id: str, now: datetime) -> Sequence[Login]:
        return self._select([Equal("user_id", user_id), *_is_active(now)], _NEXT_TO_EXPIRE_FIRST)

    def end(self, user_id: str, login_ids: Collection[str], now: datetime) -> int:
        wanted: list[Condition] = [
            Equal("user_id", user_id),
            AnyOf("id", tuple(login_ids)),
            IsUnset("ended_at"),
        ]
        return self._engine.change(self._table, wanted, {"ended_at": now})

    def active_among(self, login_ids: Collection[str], now: datetime) -> set[str]:
        return {login.id for login in self._select([AnyOf("id", tuple(login_ids)), *_is_active(now)])}

    def remove_expired(self, before: datetime) -> int:
        return self._remove(Compare("expires_at", "<", before))


def _is_active(now: datetime) -> tuple[Condition, ...]:
    return IsUnset("ended_at"), Compare("expires_at", ">", now)


class SecurityEventRecords(Records[SecurityEvent]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "security_events", SecurityEvent)

    def page(self, user_id: str, request: PageRequest) -> Page[SecurityEvent]:
        return self._page([Equal("user_id", user_id)], NEWEST_FIRST, request)
