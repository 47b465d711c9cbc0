"""The sockets that are connected to this process, whose they are, and what they may do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from core.domain.accounts import Identity
from core.domain.errors import TooManyRequests

_EVENTS_PER_SECOND = 10.0
_BURST = 30.0


@dataclass(slots=True)
class Connection:
    """One socket. `allowance` is a token bucket of events."""

    sid: str
    identity: Identity
    address: str
    last_event_at: float
    allowance: float = field(default=_BURST)

    def may_send(self, now: float) -> bool:
        """Count one event from the client; whether it is within the limit. `now` in monotonic seconds."""
        refill = (now - self.last_event_at) * _EVENTS_PER_SECOND
        self.allowance = min(self.allowance + refill, _BURST) - 1
        self.last_event_at = now
        return self.allowance >= 0


class Connections:
    """Bounded per user and per address."""

    def __init__(self, max_per_user: int, max_per_address: int, monotonic: Callable[[], float]) -> None:
        self._max_per_user = max_per_user
        self._max_per_address = max_per_address
        self._monotonic = monotonic
        self._by_sid: dict[str, Connection] = {}
        self._per_user: Counter[str] = Counter()
        self._per_address: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, sid: str, identity: Identity, address: str) -> None:
        """Raises TooManyRequests (`too_many_connections`)."""
        with self._lock:
            is_full = (
                self._per_user[identity.user_id] >= self._max_per_user
                or self._per_address[address] >= self._max_per_address
            )
            if is_full:
                raise TooManyRequests(
                    "Too many connections.", retry_after_seconds=10, code="too_many_connections"
                )
            self._by_sid[sid] = Connection(sid, identity, address, self._monotonic())
            self._per_user[identity.user_id] += 1
            self._per_address[address] += 1

    def remove(self, sid: str) -> None:
        with self._lock:
            gone = self._by_sid.pop(sid, None)
            if gone is None:
                return
            for counter, key in (
                (self._per_user, gone.identity.user_id),
                (self._per_address, gone.address),
            ):
                counter[key] -= 1
                if counter[key] <= 0:
                    del counter[key]

    def get(self, sid: str) -> Connection | None:
        return self._by_sid.get(sid)

    def may_send(self, sid: str) -> bool:
        """Count one event of that socket; whether it is within the limit."""
        with self._lock:
            connection = self._by_sid.get(sid)
            return connection is not None and connection.may_send(self._monotonic())

    def all(self) -> list[Connection]:
        with self._lock:
            return list(self._by_sid.values())

    def of_login(self, user_id: str, login_id: str | None) -> list[str]:
        """The sockets of that login, or of all the user's logins if None."""
        return [
            connection.sid
            for connection in self.all()
            if connection.identity.user_id == user_id
            and (login_id is None or connection.identity.login_id == login_id)
        ]
