from __future__ import annotations

import logging
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.redis.client import connect
from adapters.redis.rate_limiter import RedisRateLimiter
from core.domain.errors import Unavailable
from ports.rate_limits import RateLimiter, RateLimitResult
from tests.contract.racing import at_once
from tests.servers import free_port, redis_server

any_text = st.text(st.characters(), max_size=60)


class OwnRedis:
    """A Redis that a test may end and start again, always at the same URL."""

    def __init__(self) -> None:
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self._port), *options], stdout=subprocess.DEVNULL
        )
        with redis.Redis.from_url(self.url) as client:
            eventually(lambda: _answers(client))

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _answers(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        return bool(client.ping())
    return False


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    server.start()
    try:
        yield server
    finally:
        server.end()


@contextmanager
def silent_server() -> Iterator[str]:
    """The URL of what accepts connections and never answers, like a machine that hangs."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def eventually(holds: Callable[[], bool], *, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.01)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest) -> RateLimiter:
    if request.param == "memory":
        return MemoryRateLimiter()
    return shared_limiter(request.getfixturevalue("redis_url"))


@pytest.fixture
def key() -> str:
    return uuid4().hex


def shared_limiter(
    url: str, monotonic: Callable[[], float] = time.monotonic, *, timeout_seconds: float = 1.0
) -> RedisRateLimiter:
    return RedisRateLimiter(connect(url, timeout_seconds=timeout_seconds), MemoryRateLimiter(), monotonic)


def assert_refused(verdict: RateLimitResult, *, limit: int, seconds: int) -> None:
    """Refused by a window of that length which has only just begun."""
    assert (verdict.is_allowed, verdict.limit, verdict.remaining) == (False, limit, 0)
    assert seconds - 10 < verdict.reset_seconds <= seconds


def test_it_works(limiter: RateLimiter, key: str) -> None:
    verdicts = [limiter.hit("3 per minute", key) for _ in range(4)]

    assert [verdict.is_allowed for verdict in verdicts] == [True, True, True, False]
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0]
    assert {verdict.limit for verdict in verdicts} == {3}
    assert all(1 <= verdict.reset_seconds <= 60 for verdict in verdicts)


def test_strictly_it_is_the_same_limit(limiter: RateLimiter, key: str) -> None:
    limiter.hit("2 per minute", key)

    assert limiter.hit_strictly("2 per minute", key).is_allowed
    assert not limiter.hit_strictly("2 per minute", key).is_allowed


def test_a_look_does_not_count(limiter: RateLimiter, key: str) -> None:
    assert [limiter.peek("2 per minute", key).remaining for _ in range(3)] == [2, 2, 2]

    limiter.hit("2 per minute", key)
    assert limiter.peek("2 per minute", key).remaining == 1
    limiter.hit("2 per minute", key)
    assert_refused(limiter.peek("2 per minute", key), limit=2, seconds=60)


def test_keys_are_apart(limiter: RateLimiter, key: str) -> None:
    limiter.hit("1 per minute", key, "a", "b")

    for other in [("ab",), ("a/b",), ("b", "a"), ("a",), ("a", "b", "")]:
        assert limiter.hit("1 per minute", key, *other).is_allowed
    assert not limiter.hit("1 per minute", key, "a", "b").is_allowed


@settings(settings.get_profile("contract"))
@given(st.lists(any_text, max_size=4))
def test_a_key_may_be_any_text(limiter: RateLimiter, parts: list[str]) -> None:
    key = [uuid4().hex, *parts]

    assert [limiter.hit("2 per minute", *key).remaining for _ in range(2)] == [1, 0]


def test_of_several_limits_the_one_that_refuses_is_told(limiter: RateLimiter, key: str) -> None:
    rule = "100 per hour; 2 per 5 minutes"
    first = limiter.hit(rule, key)
    assert (first.limit, first.remaining) == (2, 1)
    limiter.hit(rule, key)

    assert_refused(limiter.hit(rule, key), limit=2, seconds=300)


def test_of_several_limits_that_refuse_the_longest_wait_is_told(limiter: RateLimiter, key: str) -> None:
    limiter.hit("1 per hour; 1 per minute", key)

    assert_refused(limiter.hit("1 per minute; 1 per hour", key), limit=1, seconds=3_600)


def test_nothing_passes_a_limit_of_none(limiter: RateLimiter, key: str) -> None:
    assert_refused(limiter.hit("0 per minute", key), limit=0, seconds=60)


def test_many_at_once_are_no_more_than_the_limit(limiter: RateLimiter, key: str) -> None:
    allowed = at_once(8, lambda _: [limiter.hit("20 per minute", key).is_allowed for _ in range(10)])

    assert [one for some in allowed for one in some].count(True) == 20


def test_no_stretch_of_time_holds_more_than_the_limit(redis_url: str, key: str) -> None:
    limiters: list[RateLimiter] = [MemoryRateLimiter(), shared_limiter(redis_url)]
    passed: list[list[float]] = [[] for _ in limiters]

    def try_each() -> bool:
        for limiter, times in zip(limiters, passed, strict=True):
            asked_at = time.time()
            if limiter.hit("2 per second", key).is_allowed:
                times.append(asked_at)
        return all(len(times) >= 4 for times in passed)

    eventually(try_each)
    # Noted is the time before each hit, a little earlier than the one that is counted.
    for times in passed:
        assert all(later - earlier > 0.9 for earlier, later in zip(times, times[2:], strict=False))


def test_room_is_made_without_losing_what_counts() -> None:
    limiter = MemoryRateLimiter()
    limiter.hit("1 per hour", "ada")
    for number in range(2_500):
        limiter.hit("1 per second", str(number))

    assert not limiter.hit("1 per hour", "ada").is_allowed


def test_processes_share_the_limits_that_redis_keeps(redis_url: str, key: str) -> None:
    here, there = shared_limiter(redis_url), shared_limiter(redis_url)
    here.hit("2 per minute", key)
    there.hit("2 per minute", key)

    assert not here.hit("2 per minute", key).is_allowed
    assert here.fallback_count == 0


def test_redis_forgets_a_window_that_is_over(redis_url: str, key: str) -> None:
    shared_limiter(redis_url).hit("10 per 15 minutes", key)

    client = connect(redis_url)
    lifetimes = [client.ttl(window) for window in client.scan_iter("interview-prep:limit:*")]
    assert lifetimes
    assert -1 not in lifetimes, "a window would be kept for ever"


def test_limits_of_the_process_take_over_while_redis_is_unavailable(key: str) -> None:
    with own_redis() as server:
        now = [0.0]
        limiter = shared_limiter(server.url, lambda: now[0])
        limiter.hit("3 per minute", key)
        server.end()

        assert [limiter.hit("3 per minute", key).is_allowed for _ in range(4)] == [True, True, True, False]
        assert not limiter.peek("3 per minute", key).is_allowed
        assert limiter.is_unavailable
        assert limiter.fallback_count == 5

        server.start()
        now[0] += 3
        assert limiter.hit("3 per minute", key).remaining == 2
        assert not limiter.is_unavailable
        assert limiter.fallback_count == 5


def test_a_restart_of_redis_that_nobody_noticed_needs_no_fallback(key: str) -> None:
    with own_redis() as server:
        limiter = shared_limiter(server.url)
        limiter.hit("3 per minute", key)
        server.end()
        server.start()

        assert limiter.hit("3 per minute", key).remaining == 2
        assert limiter.fallback_count == 0


def test_strictly_nothing_is_done_while_redis_is_unavailable(key: str) -> None:
    with own_redis() as server:
        now = [0.0]
        limiter = shared_limiter(server.url, lambda: now[0])
        server.end()

        for _ in range(2):
            with pytest.raises(Unavailable) as refusal:
                limiter.hit_strictly("3 per minute", key)
            assert refusal.value.retry_after_seconds >= 1

        server.start()
        now[0] += 3
        assert limiter.hit_strictly("3 per minute", key).is_allowed


def test_an_outage_is_logged_once_a_minute(key: str, caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    limiter = shared_limiter(f"redis://127.0.0.1:{free_port()}/0", lambda: now[0])
    with caplog.at_level(logging.WARNING, "adapters.redis.rate_limiter"):
        for _ in range(50):
            limiter.hit("3 per minute", key)
            now[0] += 1

        assert len(caplog.records) == 1
        now[0] += 20
        limiter.hit("3 per minute", key)
        assert len(caplog.records) == 2


def test_a_redis_that_hangs_is_waited_for_once(key: str) -> None:
    with silent_server() as url:
        limiter = shared_limiter(url, timeout_seconds=0.05)
        started_at = time.monotonic()
        verdicts = [limiter.hit("1000 per minute", key) for _ in range(500)]

        assert time.monotonic() - started_at < 1.5
        assert all(verdict.is_allowed for verdict in verdicts)


def test_only_one_of_many_waits_to_see_whether_redis_is_back(key: str) -> None:
    with silent_server() as url:
        now = [0.0]
        limiter = shared_limiter(url, lambda: now[0], timeout_seconds=0.05)
        limiter.hit("1000 per minute", key)
        now[0] += 3

        def seconds_of_a_hit(_: int) -> float:
            started_at = time.monotonic()
            limiter.hit("1000 per minute", key)
            return time.monotonic() - started_at

        assert sum(seconds >= 0.05 for seconds in at_once(8, seconds_of_a_hit)) == 1
