"""Caches of this process, bounded, with the least recently used entries removed first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from cachetools import TLRUCache

from ports.system import Clock


class _Entry(NamedTuple):
    value: bytes
    ttl_seconds: int


class MemoryCache:
    """`monotonic` returns seconds that never decrease."""

    def __init__(self, max_entries: int = 10_000, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._entries: TLRUCache[str, _Entry, float] = TLRUCache(
            max_entries, lambda _, entry, now: now + entry.ttl_seconds, monotonic
        )
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            self._entries.expire()
            entry = self._entries.get(key)
        return entry.value if entry else None

    def put(self, key: str, value: bytes, ttl_seconds: int) -> None:
        with self._lock:
            self._entries[key] = _Entry(value, ttl_seconds)


class _Remembered(NamedTuple):
    value: str
    until: datetime


class MemoryExpiringCache:
    """An ExpiringCache."""

    def __init__(self, clock: Clock, max_entries: int = 10_000) -> None:
        self._entries: TLRUCache[str, _Remembered, datetime] = TLRUCache(
            max_entries, lambda _, entry, now: entry.until, clock.now
        )
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        with self._lock:
            entry = self._entries.get(key)
        return entry.value if entry else None

    def put(self, key: str, value: str, until: datetime) -> None:
        with self._lock:
            self._entries[key] = _Remembered(value, until)

    def remove(self, key: str) -> None:
        with self._lock:
            self._entries.pop(key, None)
