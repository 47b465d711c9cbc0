"""Rate limits within one process, by moving windows.

A moving window is exact: no period of its length has more hits than the limit. A sliding window counter
needs less memory but is inexact at the edges ("3 per hour" can become 4 or 5), which matters for small
limits.
"""

from __future__ import annotations

import json
import threading
import time
from functools import lru_cache
from math import ceil

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ports.rate_limits import RateLimitResult

_SWEEP_EVERY_HITS = 1_000


class MemoryRateLimiter:
    """A RateLimiter for this process."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._windows = MovingWindowRateLimiter(self._storage)
        self._hits_until_sweep = _SWEEP_EVERY_HITS
        self._lock = threading.Lock()

    def hit(self, rule: str, *key: str) -> RateLimitResult:
        name = json.dumps(key)
        with self._lock:
            self._sweep_now_and_then()
            verdicts = []
            for item in _items(rule):
                is_allowed = self._windows.hit(item, name)
                verdicts.append(self._verdict(item, name, is_allowed))
        return _tightest(verdicts)

    def hit_strictly(self, rule: str, *key: str) -> RateLimitResult:
        """The same as `hit`: the store of one process is never unavailable."""
        return self.hit(rule, *key)

    def give_back(self, rule: str, *key: str) -> None:
        name = json.dumps(key)
        with self._lock:
            for item in _items(rule):
                window = item.key_for(name)
                with self._storage.locks[window]:
                    del self._storage.events.get(window, [])[:1]  # the newest comes first

    def peek(self, rule: str, *key: str) -> RateLimitResult:
        name = json.dumps(key)
        with self._lock:
            return _tightest(
                [self._verdict(item, name, self._windows.test(item, name)) for item in _items(rule)]
            )

    def _verdict(self, item: RateLimitItem, name: str, is_allowed: bool) -> RateLimitResult:
        ends_at, remaining = self._windows.get_window_stats(item, name)
        reset_seconds = min(item.get_expiry(), max(1, ceil(ends_at - time.time())))
        return RateLimitResult(is_allowed, item.amount, max(0, remaining) if is_allowed else 0, reset_seconds)

    def _sweep_now_and_then(self) -> None:
        """Remove the names of expired windows, which the storage would keep permanently."""
        self._hits_until_sweep -= 1
        if self._hits_until_sweep > 0:
            return
        self._hits_until_sweep = _SWEEP_EVERY_HITS
        for name in [name for name, entries in list(self._storage.events.items()) if not entries]:
            self._storage.clear(name)


@lru_cache(maxsize=256)
def _items(rule: str) -> tuple[RateLimitItem, ...]:
    """Raises ValueError if the rule cannot be parsed."""
    return tuple(parse_many(rule))


def _tightest(verdicts: list[RateLimitResult]) -> RateLimitResult:
    """The window that refuses for the longest time; if none refuses, the one with the least remaining."""
    refusals = [verdict for verdict in verdicts if not verdict.is_allowed]
    if refusals:
        return max(refusals, key=lambda verdict: verdict.reset_seconds)
    return min(verdicts, key=lambda verdict: (verdict.remaining, -verdict.reset_seconds))
