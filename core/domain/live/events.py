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
    """A control message to every process to close the sockets of a login, or of all the user's logins if
    None. It is not sent to clients."""

    user_id: str
    login_id: str | None
