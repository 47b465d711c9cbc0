"""Caches: they may forget anything at any time, and everything works without them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Cache(Protocol):
    """Shared by all processes. Never raises: while it is unavailable, it is an empty one."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, ttl_seconds: int) -> None: ...


class ExpiringCache(Protocol):
    """Of this process alone, for what is asked so often that a call to a store would be too slow."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, value: str, until: datetime) -> None:
        """Remember it until then (exclusive)."""

    def remove(self, key: str) -> None: ...
