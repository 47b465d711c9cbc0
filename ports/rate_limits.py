"""Limits on how often something may be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RateLimitResult:
    """Whether it may be done now. `limit` and `remaining` are of the window that is nearest to its end;
    it is free again after `reset_seconds` (of RateLimit-Reset and Retry-After)."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_seconds: int


class RateLimiter(Protocol):
    def hit(self, rule: str, *key: str) -> RateLimitResult:
        """Count one, for that key, and judge.

        `rule` is in the syntax of the `limits` library ("10 per 15 minutes"; several may be joined by
        ";"). With the shared store away, limits of this process alone take over.
        """

    def hit_strictly(self, rule: str, *key: str) -> RateLimitResult:
        """The same, for what must not go on without the shared store: raises Unavailable if it is away."""

    def give_back(self, rule: str, *key: str) -> None:
        """Take back the latest hit of that key: what was counted has turned out not to count.

        Nothing happens if there is none.
        """

    def peek(self, rule: str, *key: str) -> RateLimitResult:
        """Judge without counting."""
