from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.one_time import MemoryOneTimeSecrets
from adapters.redis.client import connect
from adapters.redis.one_time import RedisOneTimeSecrets
from core.domain.errors import Unavailable
from ports.identity import OneTimeSecrets
from tests.contract.racing import at_once
from tests.servers import free_port, redis_server

LONG_SECONDS = 600
MAX_TRIES = 5

# Text with halves of surrogate pairs too: JSON carries them, so a client can send them.
any_text = st.text(st.characters(), max_size=100)
steps = st.lists(
    st.sampled_from(["put", "try", "peek", "consume right", "consume wrong", "remove"]), max_size=40
)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
def secrets(request: pytest.FixtureRequest) -> OneTimeSecrets:
    if request.param == "memory":
        return MemoryOneTimeSecrets()
    return RedisOneTimeSecrets(connect(request.getfixturevalue("redis_url")))


@pytest.fixture
def key() -> str:
    return uuid4().hex


def test_it_works(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)

    assert secrets.peek(key) == "123456"
    assert secrets.take_try(key, MAX_TRIES) == "123456"
    assert secrets.consume(key, "123456")
    assert secrets.peek(key) is None


def test_an_unknown_secret_is_none(secrets: OneTimeSecrets, key: str) -> None:
    assert secrets.peek(key) is None
    assert secrets.take_try(key, MAX_TRIES) is None
    assert not secrets.consume(key, "")


def test_it_is_void_after_the_last_try(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)

    tries = [secrets.take_try(key, MAX_TRIES) for _ in range(MAX_TRIES + 2)]
    assert tries == ["123456"] * MAX_TRIES + [None, None]
    assert secrets.peek(key) is None
    assert not secrets.consume(key, "123456")


def test_it_can_be_consumed_at_the_last_try(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)
    for _ in range(MAX_TRIES):
        secrets.take_try(key, MAX_TRIES)

    assert secrets.consume(key, "123456")


def test_a_look_is_no_try(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)
    for _ in range(3 * MAX_TRIES):
        secrets.peek(key)

    assert secrets.take_try(key, 1) == "123456"


def test_without_a_try_allowed_there_is_none(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)

    assert secrets.take_try(key, 0) is None


def test_a_new_secret_takes_the_place_of_the_old_one_with_new_tries(
    secrets: OneTimeSecrets, key: str
) -> None:
    secrets.put(key, "111111", LONG_SECONDS)
    secrets.take_try(key, 1)
    secrets.put(key, "222222", LONG_SECONDS)

    assert not secrets.consume(key, "111111")
    assert secrets.take_try(key, 1) == "222222"


def test_a_wrong_value_consumes_nothing(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)

    assert not secrets.consume(key, "12345")
    assert secrets.peek(key) == "123456"


def test_it_is_consumed_once(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)

    assert [secrets.consume(key, "123456") for _ in range(2)] == [True, False]


def test_what_is_removed_is_none(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)
    secrets.remove(key)
    secrets.remove(key)

    assert secrets.take_try(key, MAX_TRIES) is None


def test_redis_ends_a_secret_when_its_time_is_over(redis_url: str, key: str) -> None:
    secrets = RedisOneTimeSecrets(connect(redis_url))
    secrets.put(key, "old", LONG_SECONDS)
    secrets.put(key, "123456", 1)
    assert secrets.peek(key) == "123456"

    deadline = time.monotonic() + 3
    while secrets.peek(key) is not None:
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
    assert secrets.take_try(key, MAX_TRIES) is None
    assert not secrets.consume(key, "123456")


def test_secrets_are_apart(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key + "a", "first", LONG_SECONDS)
    secrets.put(key + "b", "second", LONG_SECONDS)
    secrets.take_try(key + "a", 1)

    assert secrets.take_try(key + "b", 1) == "second"


def test_of_many_who_consume_at_once_one_does(secrets: OneTimeSecrets, key: str) -> None:
    keys = [f"{key} {number}" for number in range(20)]
    for each in keys:
        secrets.put(each, "123456", LONG_SECONDS)

    consumed = at_once(8, lambda _: [each for each in keys if secrets.consume(each, "123456")])
    assert sorted(each for some in consumed for each in some) == sorted(keys)


def test_many_who_try_at_once_have_no_more_tries(secrets: OneTimeSecrets, key: str) -> None:
    secrets.put(key, "123456", LONG_SECONDS)

    tries = at_once(8, lambda _: [secrets.take_try(key, MAX_TRIES) for _ in range(10)])
    assert [value for values in tries for value in values].count("123456") == MAX_TRIES


@settings(settings.get_profile("contract"))
@given(any_text, any_text, any_text)
def test_it_keeps_any_text(secrets: OneTimeSecrets, text: str, value: str, other: str) -> None:
    key = uuid4().hex + text
    secrets.put(key, value, LONG_SECONDS)

    assert secrets.peek(key) == value
    assert secrets.consume(key, other) is (other == value)


@settings(settings.get_profile("contract"), max_examples=60)
@given(steps, st.integers(0, 4))
def test_tries_are_bounded_whatever_else_is_done(
    secrets: OneTimeSecrets, steps: list[str], max_tries: int
) -> None:
    key = uuid4().hex
    living: str | None = None
    tries = 0
    for number, step in enumerate(steps):
        match step:
            case "put":
                living, tries = f"secret {number}", 0
                secrets.put(key, living, LONG_SECONDS)
            case "try":
                tries += 1
                living = living if tries <= max_tries else None
                assert secrets.take_try(key, max_tries) == living
            case "peek":
                assert secrets.peek(key) == living
            case "consume right":
                assert secrets.consume(key, living or "none") is (living is not None)
                living = None
            case "consume wrong":
                assert not secrets.consume(key, "wrong")
            case "remove":
                secrets.remove(key)
                living = None


def test_time_of_this_process_ends_a_secret_to_the_second() -> None:
    now = [100.0]
    secrets = MemoryOneTimeSecrets(lambda: now[0])
    secrets.put("key", "123456", 600)

    now[0] = 699.9
    assert secrets.peek("key") == "123456"
    now[0] = 700.0
    assert secrets.peek("key") is None


def test_room_is_made_without_losing_a_living_secret() -> None:
    now = [0.0]
    secrets = MemoryOneTimeSecrets(lambda: now[0])
    secrets.put("living", "123456", 600)
    for number in range(3_000):
        now[0] += 0.1
        secrets.put(f"passing {number}", "000000", 1)

    assert secrets.peek("living") == "123456"
    assert secrets.peek("passing 2999") == "000000"


def test_processes_share_what_redis_keeps(redis_url: str, key: str) -> None:
    here, there = (RedisOneTimeSecrets(connect(redis_url)) for _ in range(2))
    here.put(key, "123456", LONG_SECONDS)

    assert there.take_try(key, 1) == "123456"
    assert here.take_try(key, 1) is None


def test_a_list_of_the_keys_in_redis_tells_nobodys_address(redis_url: str) -> None:
    client = connect(redis_url)
    RedisOneTimeSecrets(client).put("otp:ada@example.org", "123456", LONG_SECONDS)

    names = list(client.scan_iter("interview-prep:secret:*"))
    assert names
    assert not any(b"@" in name or b"example" in name for name in names)


def test_a_secret_survives_that_redis_forgets_the_scripts(redis_url: str, key: str) -> None:
    client = connect(redis_url)
    secrets = RedisOneTimeSecrets(client)
    secrets.put(key, "123456", LONG_SECONDS)
    client.script_flush()

    assert secrets.take_try(key, MAX_TRIES) == "123456"


@pytest.mark.parametrize(
    "act",
    [
        lambda secrets: secrets.put("key", "123456", LONG_SECONDS),
        lambda secrets: secrets.peek("key"),
        lambda secrets: secrets.take_try("key", MAX_TRIES),
        lambda secrets: secrets.consume("key", "123456"),
        lambda secrets: secrets.remove("key"),
    ],
    ids=["put", "peek", "take_try", "consume", "remove"],
)
def test_without_redis_everything_is_closed(act: Callable[[OneTimeSecrets], object]) -> None:
    secrets = RedisOneTimeSecrets(connect(f"redis://127.0.0.1:{free_port()}/0"))

    with pytest.raises(Unavailable):
        act(secrets)
