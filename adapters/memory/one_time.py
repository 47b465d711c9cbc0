from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TLRUCache


@dataclass(slots=True)
class _Secret:
    value: str
    ttl_seconds: int
    tries: int = 0


class MemoryOneTimeSecrets:
    """One-time secrets of this process. `monotonic` returns seconds that never decrease."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        # Unbounded, so that a valid secret is never evicted by another one.
        self._secrets: TLRUCache[str, _Secret, float] = TLRUCache(
            math.inf, lambda _, secret, now: now + secret.ttl_seconds, monotonic
        )
        self._lock = threading.Lock()

    def put(self, key: str, value: str, ttl_seconds: int) -> None:
        with self._lock:
            self._secrets[key] = _Secret(value, ttl_seconds)

    def peek(self, key: str) -> str | None:
        with self._lock:
            secret = self._secrets.get(key)
            return secret.value if secret else None

    def take_try(self, key: str, max_tries: int) -> str | None:
        with self._lock:
            secret = self._secrets.get(key)
            if secret is None:
                return None
            secret.tries += 1
            if secret.tries > max_tries:
                self._secrets.pop(key, None)
                return None
            return secret.value

    def consume(self, key: str, value: str) -> bool:
        with self._lock:
            secret = self._secrets.get(key)
            if secret is None or secret.value != value:
                return False
            self._secrets.pop(key, None)
            return True

    def remove(self, key: str) -> None:
        with self._lock:
            self._secrets.pop(key, None)
