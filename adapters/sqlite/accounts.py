from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from adapters.sqlite.collection import BY_ID, Order, VersionedCollection
from adapters.sqlite.conditions import any_of, compare, is_unset
from adapters.sqlite.database import SqliteDatabase
from core.domain.identity.logins import Login
from core.domain.identity.users import User

_NEXT_TO_EXPIRE_FIRST = Order(("expires_at", "id"))


class SqliteUsers(VersionedCollection[User]):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, "users", User)

    def get(self, user_id: str) -> User | None:
        return self._find(user_id)

    def by_email_key(self, email_key: str) -> User | None:
        return self._first(compare("email_key", "=", email_key))


class SqliteLogins(VersionedCollection[Login]):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, "logins", Login)

    def get(self, login_id: str) -> Login | None:
        return self._find(login_id)

    def active_of(self, user_id: str, now: datetime) -> Sequence[Login]:
        wanted = [compare("user_id", "=", user_id), is_unset("ended_at"), compare("expires_at", ">", now)]
        return self._select(wanted, _NEXT_TO_EXPIRE_FIRST)

    def active_among(self, login_ids: Collection[str], now: datetime) -> set[str]:
        wanted = [any_of("id", login_ids), is_unset("ended_at"), compare("expires_at", ">", now)]
        return {login.id for login in self._select(wanted, BY_ID)}

    def remove_expired(self, before: datetime) -> int:
        return self._remove(compare("expires_at", "<", before))
