from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.cache import MemoryCache
from adapters.redis.cache import RedisCache
from adapters.redis.client import connect
from ports.cache import Cache
from tests.contract.racing import at_once
from tests.servers import free_port, redis_server

LONG_SECONDS = 600


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest) -> Cache:
    if request.param == "memory":
        return MemoryCache()
    return RedisCache(connect(request.getfixturevalue("redis_url")))


@pytest.fixture
def key() -> str:
    return uuid4().hex


def test_it_works(cache: Cache, key: str) -> None:
    cache.put(key, b"value", LONG_SECONDS)

    assert cache.get(key) == b"value"


def test_an_unknown_key_is_none(cache: Cache, key: str) -> None:
    assert cache.get(key) is None


def test_a_later_value_takes_the_place_of_an_earlier_one(cache: Cache, key: str) -> None:
    cache.put(key, b"earlier", LONG_SECONDS)
    cache.put(key, b"later", LONG_SECONDS)

    assert cache.get(key) == b"later"


def test_what_is_over_is_none(redis_url: str, key: str) -> None:
    caches: list[Cache] = [MemoryCache(), RedisCache(connect(redis_url))]
    for cache in caches:
        cache.put(key, b"value", 1)
    assert [cache.get(key) for cache in caches] == [b"value"] * 2

    deadline = time.monotonic() + 3
    while any(cache.get(key) for cache in caches):
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


@settings(settings.get_profile("contract"))
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.binary(max_size=2_000))
def test_it_keeps_any_bytes_under_any_text(cache: Cache, text: str, value: bytes) -> None:
    name = uuid4().hex + text
    cache.put(name, value, LONG_SECONDS)

    assert cache.get(name) == value


def test_of_many_who_put_at_once_one_whole_value_stays(cache: Cache, key: str) -> None:
    at_once(8, lambda number: cache.put(key, str(number).encode() * 1_000, LONG_SECONDS))

    value = cache.get(key)
    assert value is not None
    assert len(value) == 1_000
    assert len(set(value)) == 1


def test_the_least_recently_used_entry_makes_room() -> None:
    cache = MemoryCache(max_entries=2)
    cache.put("first", b"1", LONG_SECONDS)
    cache.put("second", b"2", LONG_SECONDS)
    cache.get("first")
    cache.put("third", b"3", LONG_SECONDS)

    assert [cache.get(key) for key in ("first", "second", "third")] == [b"1", None, b"3"]


def test_processes_share_what_redis_keeps(redis_url: str, key: str) -> None:
    RedisCache(connect(redis_url)).put(key, b"value", LONG_SECONDS)

    assert RedisCache(connect(redis_url)).get(key) == b"value"


def test_without_redis_it_is_an_empty_cache(key: str) -> None:
    cache = RedisCache(connect(f"redis://127.0.0.1:{free_port()}/0"))
    cache.put(key, b"value", LONG_SECONDS)

    assert cache.get(key) is None
