"""Rate limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RateLimitResult:
    """The result of a check. `limit` and `remaining` describe the window that is closest to its limit, which
    is free again after `reset_seconds` (for RateLimit-Reset and Retry-After)."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_seconds: int


class RateLimiter(Protocol):
    def hit(self, rule: str, *key: str) -> RateLimitResult:
        """Count one hit for the key, and check the limit.

        `rule` has the syntax of the `limits` library ("10 per 15 minutes"; several may be joined by ";").
        While the shared store is unavailable, hits are counted in this process only.
        """

    def hit_strictly(self, rule: str, *key: str) -> RateLimitResult:
        """The same, but raises Unavailable while the shared store is unavailable."""

    def give_back(self, rule: str, *key: str) -> None:
        """Take back the latest hit of that key: what was counted has turned out not to count.

        Nothing happens if there is none.
        """

    def peek(self, rule: str, *key: str) -> RateLimitResult:
        """Check the limit without counting."""
