from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.memory.cache import MemoryCache, MemoryExpiringCache
from tests.contract.racing import at_once
from tests.fakes import ManualClock


@pytest.fixture
def seconds() -> list[float]:
    """The time, to be set by its only item."""
    return [1_000.0]


def test_it_works() -> None:
    cache = MemoryCache()
    cache.put("key", b"value", ttl_seconds=60)

    assert cache.get("key") == b"value"
    assert cache.get("other") is None


def test_what_is_put_again_is_replaced_and_lives_anew(seconds: list[float]) -> None:
    cache = MemoryCache(monotonic=lambda: seconds[0])
    cache.put("key", b"old", ttl_seconds=10)
    seconds[0] += 9
    cache.put("key", b"new", ttl_seconds=10)
    seconds[0] += 9

    assert cache.get("key") == b"new"


def test_an_entry_is_gone_when_its_time_is_over(seconds: list[float]) -> None:
    cache = MemoryCache(monotonic=lambda: seconds[0])
    cache.put("key", b"value", ttl_seconds=10)

    seconds[0] += 9.9
    assert cache.get("key") == b"value"
    seconds[0] += 0.1
    assert cache.get("key") is None
    seconds[0] -= 5
    assert cache.get("key") is None, "it has been forgotten"


def test_the_entry_that_was_not_used_for_longest_makes_room() -> None:
    cache = MemoryCache(max_entries=2)
    cache.put("one", b"1", ttl_seconds=60)
    cache.put("two", b"2", ttl_seconds=60)
    cache.get("one")
    cache.put("three", b"3", ttl_seconds=60)

    assert [cache.get(key) for key in ("one", "two", "three")] == [b"1", None, b"3"]


def test_threads_do_not_disturb_each_other() -> None:
    cache = MemoryCache(max_entries=5)

    def use(number: int) -> None:
        for turn in range(200):
            cache.put(f"{(number + turn) % 10}", b"value", ttl_seconds=60)
            assert cache.get(f"{turn % 10}") in (None, b"value")

    at_once(4, use)


def test_what_expires_is_kept_until_its_moment() -> None:
    clock = ManualClock()
    cache = MemoryExpiringCache(clock)
    cache.put("key", "value", clock.now() + timedelta(seconds=2))

    clock.advance(seconds=1.999)
    assert cache.get("key") == "value"
    clock.advance(milliseconds=1)
    assert cache.get("key") is None


def test_what_expires_can_be_put_again_and_removed() -> None:
    clock = ManualClock()
    cache = MemoryExpiringCache(clock)
    cache.put("key", "old", clock.now() + timedelta(seconds=2))
    cache.put("key", "new", clock.now() + timedelta(seconds=3))

    assert cache.get("key") == "new"
    cache.remove("key")
    cache.remove("key")
    assert cache.get("key") is None


def test_what_has_expired_already_is_not_kept() -> None:
    clock = ManualClock()
    cache = MemoryExpiringCache(clock)
    cache.put("key", "value", clock.now())

    assert cache.get("key") is None
    cache.remove("key")


def test_threads_share_what_expires() -> None:
    clock = ManualClock()
    cache = MemoryExpiringCache(clock, max_entries=5)

    def use(number: int) -> None:
        for turn in range(200):
            cache.put(f"{(number + turn) % 10}", "value", clock.now() + timedelta(seconds=1))
            assert cache.get(f"{turn % 10}") in (None, "value")
            cache.remove(f"{(number * turn) % 10}")

    at_once(4, use)
