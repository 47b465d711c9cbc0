from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_FIRST_SWEEP = 1_000


@dataclass(slots=True)
class _Secret:
    value: str
    ends_at: float
    tries: int = 0


class MemoryOneTimeSecrets:
    """The secrets of this process. `monotonic` gives seconds that never go back."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._secrets: dict[str, _Secret] = {}
        self._sweep_at = _FIRST_SWEEP
        self._lock = threading.Lock()

    def put(self, key: str, value: str, ttl_seconds: int) -> None:
        with self._lock:
            if len(self._secrets) >= self._sweep_at:
                self._sweep()
            self._secrets[key] = _Secret(value, self._monotonic() + ttl_seconds)

    def peek(self, key: str) -> str | None:
        with self._lock:
            secret = self._living(key)
            return secret.value if secret else None

    def take_try(self, key: str, max_tries: int) -> str | None:
        with self._lock:
            secret = self._living(key)
            if secret is None:
                return None
            secret.tries += 1
            if secret.tries > max_tries:
                del self._secrets[key]
                return None
            return secret.value

    def consume(self, key: str, value: str) -> bool:
        with self._lock:
            secret = self._living(key)
            if secret is None or secret.value != value:
                return False
            del self._secrets[key]
            return True

    def remove(self, key: str) -> None:
        with self._lock:
            self._secrets.pop(key, None)

    def _living(self, key: str) -> _Secret | None:
        secret = self._secrets.get(key)
        if secret is not None and secret.ends_at <= self._monotonic():
            del self._secrets[key]
            return None
        return secret

    def _sweep(self) -> None:
        """Forget what nobody came back for; with twice as many, again: a put is cheap on average."""
        now = self._monotonic()
        self._secrets = {key: secret for key, secret in self._secrets.items() if secret.ends_at > now}
        self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._secrets))
