"""Events on their way to users who are connected at this moment, to whichever process they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from core.domain.jobs.jobs import JsonObject


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """For the sockets of one user. `name` is the event's name in the protocol (`job.updated`)."""

    user_id: str
    name: str
    payload: JsonObject


class EventChannel(Protocol):
    """Best effort: an event that nobody could receive is gone; the stores hold the truth."""

    def publish(self, event: LiveEvent) -> None:
        """Send to all listeners in all processes. Never raises and never waits long."""

    def listen(self, receive: Callable[[LiveEvent], Any]) -> Callable[[], None]:
        """Call `receive` for every event from now on, from a thread of the channel's own.

        Survives any outage of what carries the events. Returns a function that ends it.
        """
