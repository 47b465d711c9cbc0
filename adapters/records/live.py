from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from adapters.records.base import Records
from adapters.records.conditions import NEWEST_FIRST, AnyOf, Compare, Condition, Equal, IsUnset
from adapters.records.engine import Cap, RecordEngine
from core.domain.live.notifications import MAX_NOTIFICATIONS, Notification

_IS_UNREAD = IsUnset("read_at")


class NotificationRecords(Records[Notification]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "notifications", Notification, cap=Cap("user_id", newest=MAX_NOTIFICATIONS))

    def newest(self, user_id: str, *, only_unread: bool) -> Sequence[Notification]:
        conditions: list[Condition] = [Equal("user_id", user_id)]
        if only_unread:
            conditions.append(_IS_UNREAD)
        return self._select(conditions, NEWEST_FIRST)

    def after(self, user_id: str, notification_id: str) -> Sequence[Notification]:
        return self._select([Equal("user_id", user_id), Compare("id", ">", notification_id)])

    def unread_count(self, user_id: str) -> int:
        return self._counts("user_id", Equal("user_id", user_id), _IS_UNREAD).get(user_id, 0)

    def mark_read(self, user_id: str, notification_ids: Collection[str] | None, now: datetime) -> int:
        conditions: list[Condition] = [Equal("user_id", user_id), _IS_UNREAD]
        if notification_ids is not None:
            conditions.append(AnyOf("id", tuple(notification_ids)))
        return self._engine.change(self._table, conditions, {"read_at": now})

    def clear(self, user_id: str) -> int:
        return self._remove(Equal("user_id", user_id))
