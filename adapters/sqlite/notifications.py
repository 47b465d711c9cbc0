from __future__ import annotations

import sqlite3
from collections.abc import Collection as Several
from collections.abc import Sequence
from datetime import datetime

from adapters.sqlite.collection import BY_ID, NEWEST_FIRST, Collection
from adapters.sqlite.conditions import any_of, compare, is_unset
from adapters.sqlite.database import SqliteDatabase
from adapters.sqlite.documents import moment_text
from core.domain.errors import AlreadyExists
from core.domain.live.notifications import MAX_NOTIFICATIONS, Notification

_IS_UNREAD = is_unset("read_at")

_INSERT = "INSERT INTO notifications (id, doc) VALUES (?, ?)"

# Where there are not as many, the inner query is NULL, and nothing compares with that.
_TRIM = """
    DELETE FROM notifications
    WHERE doc ->> '$.user_id' = :user_id AND id <= (
        SELECT id FROM notifications
        WHERE doc ->> '$.user_id' = :user_id ORDER BY id DESC LIMIT 1 OFFSET :kept
    )
"""


class SqliteNotifications(Collection[Notification]):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, "notifications", Notification)

    def add(self, notification: Notification) -> None:
        trimming = {"user_id": notification.user_id, "kept": MAX_NOTIFICATIONS}
        try:
            with self._database.writing() as connection:
                connection.execute(_INSERT, self._row(notification))
                connection.execute(_TRIM, trimming)
        except sqlite3.IntegrityError as error:
            raise AlreadyExists(str(error)) from error

    def newest(self, user_id: str, *, only_unread: bool) -> Sequence[Notification]:
        conditions = [compare("user_id", "=", user_id)]
        if only_unread:
            conditions.append(_IS_UNREAD)
        return self._select(conditions, NEWEST_FIRST)

    def after(self, user_id: str, notification_id: str) -> Sequence[Notification]:
        return self._select([compare("user_id", "=", user_id), compare("id", ">", notification_id)], BY_ID)

    def unread_count(self, user_id: str) -> int:
        return self._counts("user_id", compare("user_id", "=", user_id), _IS_UNREAD).get(user_id, 0)

    def mark_read(self, user_id: str, notification_ids: Several[str] | None, now: datetime) -> int:
        conditions = [compare("user_id", "=", user_id), _IS_UNREAD]
        if notification_ids is not None:
            conditions.append(any_of("id", notification_ids))
        statement = (
            "UPDATE notifications"
            " SET doc = json_set(doc, '$.read_at', ?, '$.version', (doc ->> '$.version') + 1)"
            f" WHERE {' AND '.join(condition.sql for condition in conditions)}"
        )
        values = [value for condition in conditions for value in condition.values]
        with self._database.writing() as connection:
            return connection.execute(statement, (moment_text(now), *values)).rowcount

    def clear(self, user_id: str) -> int:
        return self._remove(compare("user_id", "=", user_id))
