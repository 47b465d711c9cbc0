"""The repository of notifications, and the channel of real-time events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.domain.live.events import CloseSockets, LiveEvent
from core.domain.live.notifications import Notification


class NotificationRepository(Protocol):
    def add(self, notification: Notification) -> None:
        """Add it, and keep only the user's newest MAX_NOTIFICATIONS.

        Raises AlreadyExists also if the user has one with the same `cause`.
        """

    def newest(self, user_id: str, *, only_unread: bool) -> Sequence[Notification]:
        """All of the user's notifications, newest first (by id)."""

    def after(self, user_id: str, notification_id: str) -> Sequence[Notification]:
        """Notifications with a greater id, oldest first."""

    def unread_count(self, user_id: str) -> int: ...

    def mark_read(self, user_id: str, notification_ids: Collection[str] | None, now: datetime) -> int:
        """Mark these as read, or all if None; return how many were unread."""

    def clear(self, user_id: str) -> int:
        """Remove all of the user's notifications; return how many."""


LiveMessage = LiveEvent | CloseSockets


class EventChannel(Protocol):
    """A best-effort channel: undelivered messages are lost. The stores are the truth."""

    def publish(self, message: LiveMessage) -> None:
        """Send to all listeners in all processes. It never raises and never waits long."""

    def listen(self, receive: Callable[[LiveMessage], Any]) -> Callable[[], None]:
        """Call `receive` for every message from now on, in a thread of the channel. Return a function that
        stops this.

        It continues after any outage of the underlying transport.
        """
