"""What notifications and real-time events need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.domain.live.events import CloseSockets, LiveEvent
from core.domain.live.notifications import Notification


class NotificationRepository(Protocol):
    def add(self, notification: Notification) -> None:
        """Keep it, and of the user's notifications only the newest MAX_NOTIFICATIONS.

        Raises AlreadyExists also if the user has one with the same `cause`.
        """

    def newest(self, user_id: str, *, only_unread: bool) -> Sequence[Notification]:
        """All that are kept, newest first (by id)."""

    def after(self, user_id: str, notification_id: str) -> Sequence[Notification]:
        """Those with a greater id, oldest first."""

    def unread_count(self, user_id: str) -> int: ...

    def mark_read(self, user_id: str, notification_ids: Collection[str] | None, now: datetime) -> int:
        """Mark these, or all if None, as read; how many were unread until then."""

    def clear(self, user_id: str) -> int:
        """Forget all of the user's; how many."""


LiveMessage = LiveEvent | CloseSockets


class EventChannel(Protocol):
    """Best effort: what nobody could receive is lost; the stores hold the truth."""

    def publish(self, message: LiveMessage) -> None:
        """Send to all listeners in all processes. Never raises and never waits long."""

    def listen(self, receive: Callable[[LiveMessage], Any]) -> Callable[[], None]:
        """Call `receive` for every message from now on, from a thread of the channel's own.

        Survives any outage of what carries the messages. Returns a function that ends it.
        """
