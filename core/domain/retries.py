"""Retries with exponential backoff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The exponential backoff between attempts."""

    base_delay: timedelta = timedelta(seconds=2)
    max_delay: timedelta = timedelta(minutes=5)

    def delay(self, attempt: int, jitter: float) -> timedelta:
        """The wait after the failed attempt of that number (from 1).

        `jitter` is random from 0 to 1. The wait is half of the exponential delay plus `jitter` times the
        other half, so that work that failed together is not retried together.
        """
        doublings = min(attempt - 1, 32)
        exponential: timedelta = min(self.base_delay * (1 << doublings), self.max_delay)
        return exponential / 2 + exponential / 2 * jitter
