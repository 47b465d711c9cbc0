"""Messages to connected clients, and control messages between processes."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.json import JsonObject


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """An event for the sockets of one user. `name` is its name in the protocol, such as `job.updated`."""

    user_id: str
    name: str
    payload: JsonObject


@dataclass(frozen=True, slots=True)
class CloseSockets:
    """A control message to every process: close the sockets of these logins. Clients never see it."""

    user_id: str
    login_ids: tuple[str, ...]
