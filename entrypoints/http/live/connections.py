"""The sockets of this process with their users, and limits on their number."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from core.domain.error_codes import ErrorCode
from core.domain.errors import TooManyRequests
from core.domain.identity.logins import Identity

_RETRY_SECONDS = 10


@dataclass(slots=True)
class Connection:
    """One socket. `is_open` is true once the client knows that it is connected, so that events may follow."""

    sid: str
    identity: Identity
    address: str
    is_open: bool = False


class Connections:
    """The sockets of this process, bounded per user and per address."""

    def __init__(self, max_per_user: int, max_per_address: int) -> None:
        self._max_per_user = max_per_user
        self._max_per_address = max_per_address
        self._by_sid: dict[str, Connection] = {}
        self._by_user: dict[str, dict[str, Connection]] = {}
        self._per_address: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, sid: str, identity: Identity, address: str) -> None:
        """Raises TooManyRequests (`too_many_connections`)."""
        connection = Connection(sid, identity, address)
        with self._lock:
            of_user = self._by_user.get(identity.user_id, {})
            if len(of_user) >= self._max_per_user or self._per_address[address] >= self._max_per_address:
                raise TooManyRequests(
                    "Too many connections.",
                    retry_after_seconds=_RETRY_SECONDS,
                    code=ErrorCode.TOO_MANY_CONNECTIONS,
                )
            self._by_sid[sid] = connection
            self._by_user.setdefault(identity.user_id, of_user)[sid] = connection
            self._per_address[address] += 1

    def open(self, sid: str) -> Connection | None:
        """Send events to the socket from now on. None if it was removed in the meantime."""
        with self._lock:
            connection = self._by_sid.get(sid)
            if connection is not None:
                connection.is_open = True
            return connection

    def remove(self, sid: str) -> bool:
        """Remove the socket; return whether it existed."""
        with self._lock:
            gone = self._by_sid.pop(sid, None)
            if gone is None:
                return False
            of_user = self._by_user[gone.identity.user_id]
            del of_user[sid]
            if not of_user:
                del self._by_user[gone.identity.user_id]
            self._per_address[gone.address] -= 1
            if not self._per_address[gone.address]:
                del self._per_address[gone.address]
            return True

    def get(self, sid: str) -> Connection | None:
        return self._by_sid.get(sid)

    def renew(self, sid: str, identity: Identity) -> bool:
        """Extend the socket to the lifetime of this token. False if it is gone or belongs to another user."""
        with self._lock:
            connection = self._by_sid.get(sid)
            if connection is None or connection.identity.user_id != identity.user_id:
                return False
            connection.identity = identity
            return True

    def all(self) -> list[Connection]:
        with self._lock:
            return list(self._by_sid.values())

    def open_of(self, user_id: str) -> list[str]:
        """The sockets that receive the user's events."""
        with self._lock:
            return [each.sid for each in self._by_user.get(user_id, {}).values() if each.is_open]

    def of_logins(self, user_id: str, login_ids: Collection[str]) -> list[str]:
        """The user's sockets that were opened with one of these logins."""
        with self._lock:
            of_user = self._by_user.get(user_id, {}).values()
            return [each.sid for each in of_user if each.identity.login_id in login_ids]
