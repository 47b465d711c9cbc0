"""Notifications of users: created once per cause, listed, marked as read and cleared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from core.domain.errors import AlreadyExists
from core.domain.json import JsonObject
from core.domain.live.events import LiveEvent
from core.domain.live.notifications import Notification, NotificationType
from ports.live import EventChannel, NotificationRepository
from ports.system import Clock, Ids


@dataclass(frozen=True, slots=True)
class Notice:
    """The content of a notification. See `Notification` for `data` and `values`."""

    type: NotificationType
    data: JsonObject
    values: JsonObject = field(default_factory=dict)


class NotificationService:
    """`as_json` returns a notification as clients see it."""

    def __init__(
        self,
        notifications: NotificationRepository,
        channel: EventChannel,
        as_json: Callable[[Notification], JsonObject],
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._notifications = notifications
        self._channel = channel
        self._as_json = as_json
        self._clock = clock
        self._ids = ids

    def notify(self, user_id: str, cause: str, notice: Notice) -> None:
        """Store a notification, once per `cause`, and publish it to connected clients."""
        notification = Notification(
            id=self._ids.new(),
            user_id=user_id,
            cause=cause,
            type=notice.type,
            created_at=self._clock.now(),
            data=notice.data,
            values=notice.values,
        )
        try:
            self._notifications.add(notification)
        except AlreadyExists:
            return
        self._channel.publish(LiveEvent(user_id, "notification.created", self._as_json(notification)))

    def newest(self, user_id: str, *, only_unread: bool = False) -> Sequence[Notification]:
        return self._notifications.newest(user_id, only_unread=only_unread)

    def after(self, user_id: str, notification_id: str) -> Sequence[Notification]:
        """The notifications after that one, oldest first."""
        return self._notifications.after(user_id, notification_id)

    def unread_count(self, user_id: str) -> int:
        return self._notifications.unread_count(user_id)

    def mark_read(self, user_id: str, notification_ids: Collection[str] | None) -> int:
        """Mark these as read, or all if None; return how many were unread."""
        return self._notifications.mark_read(user_id, notification_ids, self._clock.now())

    def clear(self, user_id: str) -> None:
        self._notifications.clear(user_id)
