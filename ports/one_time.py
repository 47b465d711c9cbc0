"""Secrets that live for minutes and are used once: one-time passwords, reset tokens."""

from __future__ import annotations

from typing import Protocol


class OneTimeSecrets(Protocol):
    """Each operation is atomic, over all processes. Any raises Unavailable while the store is away:
    what it guards is closed then, never open."""

    def put(self, key: str, value: str, ttl_seconds: int) -> None:
        """Keep the value for that long, in place of any earlier one, with no tries counted."""

    def peek(self, key: str) -> str | None: ...

    def take_try(self, key: str, max_tries: int) -> str | None:
        """Count one try and give the value; after `max_tries` tries it is void and None comes back."""

    def consume(self, key: str, value: str) -> bool:
        """Forget the secret if it still has this value; whether it had. Of several callers, one gets True."""

    def remove(self, key: str) -> None: ...
