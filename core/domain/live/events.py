"""Real-time events to connected users."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.json import JsonObject


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """For the sockets of one user. `name` is the event's name in the protocol (`job.updated`)."""

    user_id: str
    name: str
    payload: JsonObject
