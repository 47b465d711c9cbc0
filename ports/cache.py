"""Caches. They may lose any entry at any time, and everything works without them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Cache(Protocol):
    """A cache that processes share. It never raises: while unavailable, it behaves like an empty one."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, ttl_seconds: int) -> None: ...


class ExpiringCache(Protocol):
    """A cache of this process, for values that are read too often for a call to a store."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, value: str, until: datetime) -> None:
        """Keep the value until then (exclusive)."""

    def remove(self, key: str) -> None: ...
