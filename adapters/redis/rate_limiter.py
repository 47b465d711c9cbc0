"""Rate limits that all processes share, by moving windows (see `adapters.memory.rate_limiter`)."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from math import ceil

import redis
from limits import RateLimitItem, parse_many
from limits.storage import RedisStorage
from redis.exceptions import NoScriptError

from core.domain.errors import Unavailable
from ports.rate_limits import RateLimiter, RateLimitResult

log = logging.getLogger(__name__)

_PREFIX = "interview-prep:limit"
_RETRY_SECONDS = 2.0
_LOG_SECONDS = 60.0


class RedisRateLimiter:
    """A RateLimiter with the windows and scripts of the `limits` library, in one round trip per result.

    The library's own strategies take two per window: one to count, one for the remaining amount. While
    Redis is unavailable, `fallback` decides. Every two seconds one request tries Redis again, and only that
    one waits. `monotonic` returns seconds that never decrease.
    """

    def __init__(
        self, client: redis.Redis, fallback: RateLimiter, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._fallback = fallback
        self._monotonic = monotonic
        self._storage = RedisStorage("redis://", connection_pool=client.connection_pool, key_prefix=_PREFIX)
        self._lock = threading.Lock()
        self._away_until: float | None = None
        self._logged_at: float | None = None
        self._fallback_count = 0

    @property
    def fallback_count(self) -> int:
        """The number of results since the start that were decided by the limits of this process alone."""
        return self._fallback_count

    @property
    def is_unavailable(self) -> bool:
        """Whether Redis did not answer the last request."""
        return self._away_until is not None

    def hit(self, rule: str, *key: str) -> RateLimitResult:
        try:
            return self._shared(rule, key, is_counted=True)
        except Unavailable:
            self._count_fallback()
            return self._fallback.hit(rule, *key)

    def hit_strictly(self, rule: str, *key: str) -> RateLimitResult:
        return self._shared(rule, key, is_counted=True)

    def peek(self, rule: str, *key: str) -> RateLimitResult:
        try:
            return self._shared(rule, key, is_counted=False)
        except Unavailable:
            self._count_fallback()
            return self._fallback.peek(rule, *key)

    def _shared(self, rule: str, key: tuple[str, ...], *, is_counted: bool) -> RateLimitResult:
        """Raises Unavailable if Redis is unavailable, at once if that is known already."""
        items = _items(rule)
        self._await_turn()
        try:
            verdict = self._ask(items, key, is_counted)
        except redis.RedisError as error:
            self._went_away(error)
            raise Unavailable("Limits cannot be checked for the moment.") from error
        if self._away_until is not None:
            self._came_back()
        return verdict

    def _ask(
        self, items: tuple[RateLimitItem, ...], key: tuple[str, ...], is_counted: bool
    ) -> RateLimitResult:
        # Hashed, so that the name is short and safe for any parts of the key.
        name = sha256(json.dumps(key).encode()).hexdigest()
        now = time.time()
        try:
            answers = self._trip(items, name, now, is_counted)
        except NoScriptError:
            # A restarted server has no scripts, so it has counted nothing.
            for script in (self._storage.lua_acquire_moving_window, self._storage.lua_moving_window):
                self._client.script_load(script.script)
            answers = self._trip(items, name, now, is_counted)
        step = 2 if is_counted else 1
        return _tightest(
            [
                _verdict(item, now, answers[index * step : (index + 1) * step])
                for index, item in enumerate(items)
            ]
        )

    def _trip(
        self, items: tuple[RateLimitItem, ...], name: str, now: float, is_counted: bool
    ) -> list[object]:
        count, look = self._storage.lua_acquire_moving_window.sha, self._storage.lua_moving_window.sha
        with self._client.pipeline(transaction=False) as commands:
            for item in items:
                window = self._storage.prefixed_key(item.key_for(name))
                expiry = item.get_expiry()
                if is_counted:
                    commands.evalsha(count, 1, window, now, item.amount, expiry, 1)
                commands.evalsha(look, 1, window, now - expiry, item.amount)
            answers: list[object] = commands.execute()
        return answers

    def _await_turn(self) -> None:
        """Raises Unavailable while it is too early to try again or another thread is trying."""
        if self._away_until is None:
            return
        with self._lock:
            now = self._monotonic()
            if self._away_until is None:
                return
            if now < self._away_until:
                wait_seconds = ceil(self._away_until - now)
                raise Unavailable(
                    "Limits cannot be checked for the moment.", retry_after_seconds=wait_seconds
                )
            self._away_until = now + _RETRY_SECONDS

    def _went_away(self, error: redis.RedisError) -> None:
        with self._lock:
            now = self._monotonic()
            self._away_until = now + _RETRY_SECONDS
            is_news = self._logged_at is None or now >= self._logged_at + _LOG_SECONDS
            if is_news:
                self._logged_at = now
        if is_news:
            log.warning("rate limits are counted in this process only: Redis is unavailable: %s", error)

    def _came_back(self) -> None:
        with self._lock:
            self._away_until = None
        log.info("rate limits are shared again, after %d results of this process alone", self._fallback_count)

    def _count_fallback(self) -> None:
        with self._lock:
            self._fallback_count += 1


@lru_cache(maxsize=256)
def _items(rule: str) -> tuple[RateLimitItem, ...]:
    """Raises ValueError if the rule cannot be parsed."""
    return tuple(parse_many(rule))


def _verdict(item: RateLimitItem, now: float, answers: list[object]) -> RateLimitResult:
    """The result from the scripts' answers: whether a counted hit is allowed, oldest entry and amount."""
    match answers[-1]:
        case [bytes(oldest), int(entries)]:
            ends_at, remaining = float(oldest) + item.get_expiry(), item.amount - entries
        case _:
            ends_at, remaining = now + item.get_expiry(), item.amount
    is_allowed = bool(answers[0]) if len(answers) > 1 else remaining > 0
    # The script may round the time of the oldest entry up: never report more than the whole window.
    reset_seconds = min(item.get_expiry(), max(1, ceil(ends_at - now)))
    return RateLimitResult(is_allowed, item.amount, max(0, remaining) if is_allowed else 0, reset_seconds)


def _tightest(verdicts: list[RateLimitResult]) -> RateLimitResult:
    """The window that refuses for the longest time; if none refuses, the one with the least remaining."""
    refusals = [verdict for verdict in verdicts if not verdict.is_allowed]
    if refusals:
        return max(refusals, key=lambda verdict: verdict.reset_seconds)
    return min(verdicts, key=lambda verdict: (verdict.remaining, -verdict.reset_seconds))
