"""Passwords are hashed by a few threads, for a few callers at a time."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from core.domain.error_codes import ErrorCode
from core.domain.errors import Unavailable
from ports.identity import PasswordHasher

T = TypeVar("T")

WAITING_PER_THREAD = 16
REFUSED_AFTER_SECONDS = 1.0
_RETRY_AFTER_SECONDS = 2
_NICENESS = 5
"""On a busy core a hash gets a third of what a thread that serves requests gets, so that logins go on."""


class Threads(Protocol):
    @property
    def count(self) -> int: ...

    def run(self, act: Callable[[], T]) -> T:
        """What `act` returns in one of the threads, as soon as one is free. What it raises passes through."""


class BoundedHasher:
    """Raises Unavailable (`passwords_busy`) when its threads are busy and many callers wait already.

    A hash takes a core for a tenth of a second. bcrypt releases the interpreter's lock meanwhile, so
    that other requests go on while there are fewer threads than cores.
    """

    def __init__(
        self,
        hasher: PasswordHasher,
        threads: Threads,
        *,
        waiting_per_thread: int = WAITING_PER_THREAD,
        refused_after_seconds: float = REFUSED_AFTER_SECONDS,
    ) -> None:
        """A caller is refused if there is no place in the queue for so long. At once would invite those
        who do not heed Retry-After to come back at once."""
        self._hasher = hasher
        self._threads = threads
        self._places = threading.BoundedSemaphore(threads.count * (1 + waiting_per_thread))
        self._refused_after_seconds = refused_after_seconds

    def hash(self, password: str) -> str:
        return self._run(lambda: self._hasher.hash(password))

    def matches(self, password: str, password_hash: str | None) -> bool:
        return self._run(lambda: self._hasher.matches(password, password_hash))

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.is_outdated(password_hash)

    def _run(self, act: Callable[[], T]) -> T:
        if not self._places.acquire(timeout=self._refused_after_seconds):
            raise Unavailable(
                "Too many passwords are being checked. Try again in a moment.",
                retry_after_seconds=_RETRY_AFTER_SECONDS,
                code=ErrorCode.PASSWORDS_BUSY,
            )
        try:
            return self._threads.run(lambda: _behind_requests(act))
        finally:
            self._places.release()


def _behind_requests(act: Callable[[], T]) -> T:
    """In a thread to which the kernel prefers those that serve requests, where it knows such a thing.

    Linux has a niceness for each thread. Elsewhere it is the whole process that has one.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    return act()
