"""A cache: it may forget anything at any time, and everything works without it."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Never raises: while it is away, nothing is found and nothing is kept."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, ttl_seconds: int) -> None: ...

    def remove(self, key: str) -> None: ...
