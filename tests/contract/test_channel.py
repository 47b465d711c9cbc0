from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.channel import MemoryEventChannel
from adapters.redis.channel import RedisEventChannel
from adapters.redis.client import connect
from core.domain.live.events import LiveEvent
from ports.live import EventChannel
from tests.contract.racing import at_once
from tests.contract.test_rate_limiter import eventually, own_redis, silent_server
from tests.servers import free_port, redis_server

SOON_SECONDS = 5

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


class Listener:
    """Hears a channel and keeps what it heard."""

    def __init__(self, channel: EventChannel) -> None:
        self._heard: SimpleQueue[LiveEvent] = SimpleQueue()
        self.end = channel.listen(self._heard.put)

    def next(self, seconds: float = SOON_SECONDS) -> LiveEvent:
        return self._heard.get(timeout=seconds)

    def has_heard(self) -> bool:
        return not self._heard.empty()


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def name() -> str:
    """Of a channel in Redis: a server that tests share carries each on one of its own."""
    return f"events of {uuid4().hex}"


@pytest.fixture(params=["memory", "redis"])
def channel(request: pytest.FixtureRequest, name: str) -> EventChannel:
    if request.param == "memory":
        return MemoryEventChannel()
    return RedisEventChannel(request.getfixturevalue("redis_url"), name=name)


@pytest.fixture
def listen() -> Iterator[Callable[[EventChannel], Listener]]:
    listeners: list[Listener] = []

    def start(channel: EventChannel) -> Listener:
        listeners.append(Listener(channel))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.end()


Listen = Callable[[EventChannel], Listener]


def an_event(number: int = 1) -> LiveEvent:
    return LiveEvent("ada", "job.updated", {"id": "job", "number": number, "topics": ["سؤال", "🐍"]})


def test_it_works(channel: EventChannel, listen: Listen) -> None:
    listener = listen(channel)
    channel.publish(an_event())

    assert listener.next() == an_event()


def test_every_listener_hears_every_event_once_and_in_order(channel: EventChannel, listen: Listen) -> None:
    listeners = [listen(channel) for _ in range(3)]
    events = [an_event(number) for number in range(100)]
    for event in events:
        channel.publish(event)

    assert [[listener.next() for _ in events] for listener in listeners] == [events] * 3
    assert not any(listener.has_heard() for listener in listeners)


def test_what_nobody_hears_is_gone(channel: EventChannel, listen: Listen) -> None:
    channel.publish(an_event(1))
    listener = listen(channel)
    channel.publish(an_event(2))

    assert listener.next() == an_event(2)


def test_a_listener_that_ended_hears_nothing_more(channel: EventChannel, listen: Listen) -> None:
    ended, other = listen(channel), listen(channel)
    ended.end()
    ended.end()
    channel.publish(an_event())

    assert other.next() == an_event()
    assert not ended.has_heard()


def test_an_event_that_cannot_be_received_does_not_stop_the_next(
    channel: EventChannel, caplog: pytest.LogCaptureFixture
) -> None:
    heard: SimpleQueue[LiveEvent] = SimpleQueue()

    def receive(event: LiveEvent) -> None:
        if event.payload["number"] == 1:
            raise RuntimeError("a socket broke")
        heard.put(event)

    end = channel.listen(receive)
    channel.publish(an_event(1))
    channel.publish(an_event(2))

    assert heard.get(timeout=SOON_SECONDS) == an_event(2)
    assert "could not be delivered" in caplog.text
    end()


def test_a_listener_that_is_slow_holds_up_neither_publisher_nor_others(
    channel: EventChannel, listen: Listen
) -> None:
    go_on = threading.Event()
    end = channel.listen(lambda _: go_on.wait(SOON_SECONDS))
    other = listen(channel)
    started_at = time.monotonic()
    for number in range(200):
        channel.publish(an_event(number))

    assert [other.next().payload["number"] for _ in range(200)] == list(range(200))
    assert time.monotonic() - started_at < SOON_SECONDS
    go_on.set()
    end()


def test_events_of_many_publishers_all_arrive(channel: EventChannel, listen: Listen) -> None:
    listener = listen(channel)

    def publish(number: int) -> None:
        for step in range(20):
            channel.publish(an_event(100 * number + step))

    at_once(8, publish)
    numbers = {listener.next().payload["number"] for _ in range(160)}
    assert numbers == {100 * number + step for number in range(8) for step in range(20)}


@settings(settings.get_profile("contract"))
@given(st.dictionaries(st.text(max_size=20), json_values, max_size=5), st.text(max_size=40))
def test_it_carries_any_json(channel: EventChannel, payload: dict[str, object], text: str) -> None:
    listener = Listener(channel)
    event = LiveEvent(text, text, payload)
    channel.publish(event)

    assert listener.next() == event
    listener.end()


def test_of_too_many_that_wait_the_oldest_are_lost(caplog: pytest.LogCaptureFixture) -> None:
    channel = MemoryEventChannel(max_waiting=10)
    has_begun, go_on = threading.Event(), threading.Event()
    heard: SimpleQueue[int] = SimpleQueue()

    def receive(event: LiveEvent) -> None:
        heard.put(event.payload["number"])
        has_begun.set()
        go_on.wait(SOON_SECONDS)

    end = channel.listen(receive)
    channel.publish(an_event(0))
    assert has_begun.wait(SOON_SECONDS)
    for number in range(1, 101):
        channel.publish(an_event(number))
    go_on.set()

    assert [heard.get(timeout=SOON_SECONDS) for _ in range(11)] == [0, *range(91, 101)]
    assert caplog.text.count("events are dropped") == 1
    end()


def test_no_thread_stays_behind(channel: EventChannel) -> None:
    before = threading.active_count()
    listeners = [Listener(channel) for _ in range(3)]
    for listener in listeners:
        listener.end()

    eventually(lambda: threading.active_count() <= before)


def test_it_reaches_other_processes(redis_url: str, name: str, listen: Listen) -> None:
    listeners = [listen(RedisEventChannel(redis_url, name=name)) for _ in range(2)]
    RedisEventChannel(redis_url, name=name).publish(an_event())

    assert [listener.next() for listener in listeners] == [an_event()] * 2


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"user_id": 1, "name": "job.updated", "payload": {}}',
        b'{"user_id": "ada", "name": "job.updated", "payload": []}',
        b"[" * 100_000,
    ],
    ids=["empty", "binary", "cut off", "null", "list", "nothing", "wrong user", "wrong payload", "deep"],
)
def test_a_malformed_message_is_ignored(
    redis_url: str, name: str, message: bytes, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    channel = RedisEventChannel(redis_url, name=name)
    listener = listen(channel)
    connect(redis_url).publish(name, message)
    channel.publish(an_event())

    assert listener.next() == an_event()
    assert "malformed" in caplog.text


def test_what_is_not_json_is_not_published(
    redis_url: str, name: str, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    channel = RedisEventChannel(redis_url, name=name)
    listener = listen(channel)
    channel.publish(LiveEvent("ada", "job.updated", {"number": object()}))
    channel.publish(an_event())

    assert listener.next() == an_event()
    assert "cannot be written" in caplog.text


def test_it_resumes_when_redis_is_back(name: str, listen: Listen) -> None:
    with own_redis() as server:
        channel = RedisEventChannel(server.url, name=name)
        listener = listen(channel)
        channel.publish(an_event(1))
        assert listener.next() == an_event(1)

        server.end()
        channel.publish(an_event(2))
        server.start()

        assert _published_until_heard(channel, listener) == an_event(3)


def test_a_restart_that_no_publisher_noticed_loses_nothing(name: str, listen: Listen) -> None:
    with own_redis() as server:
        channel = RedisEventChannel(server.url, name=name)
        channel.publish(an_event(1))
        server.end()
        server.start()
        listener = listen(RedisEventChannel(server.url, name=name))
        channel.publish(an_event(2))

        assert listener.next() == an_event(2)


def test_a_listener_that_came_before_redis_hears_it_later(name: str, listen: Listen) -> None:
    with own_redis() as server:
        server.end()
        channel = RedisEventChannel(server.url, name=name)
        listener = listen(channel)
        server.start()

        assert _published_until_heard(channel, listener) == an_event(3)


def _published_until_heard(channel: EventChannel, listener: Listener) -> LiveEvent:
    deadline = time.monotonic() + 2 * SOON_SECONDS
    while time.monotonic() < deadline:
        channel.publish(an_event(3))
        try:
            return listener.next(0.05)
        except Empty:
            continue
    raise AssertionError("nothing was heard in time")


def test_publishing_costs_nothing_while_redis_is_unavailable(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    channel = RedisEventChannel(f"redis://127.0.0.1:{free_port()}/0", name=name)
    started_at = time.monotonic()
    with caplog.at_level(logging.WARNING, "adapters.redis.channel"):
        for number in range(1_000):
            channel.publish(an_event(number))

    assert time.monotonic() - started_at < 1
    assert len(caplog.records) == 1


def test_a_redis_that_hangs_is_waited_for_once(name: str) -> None:
    with silent_server() as url:
        channel = RedisEventChannel(url, name=name)
        started_at = time.monotonic()
        for number in range(100):
            channel.publish(an_event(number))

        assert time.monotonic() - started_at < 1.8


def test_it_works_where_gevent_has_taken_over(redis_url: str, name: str) -> None:
    program = f"""
from gevent import monkey
monkey.patch_all()
import gevent
from gevent.event import AsyncResult
from adapters.redis.channel import RedisEventChannel
from core.domain.live.events import LiveEvent

ticks = 0
def tick():
    global ticks
    while True:
        gevent.sleep(0.01)
        ticks += 1

gevent.spawn(tick)
heard = AsyncResult()
channel = RedisEventChannel({redis_url!r}, name={name!r})
end = channel.listen(heard.set)
gevent.sleep(0.2)
assert ticks >= 5, "the listener holds up the event loop"
channel.publish(LiveEvent("ada", "job.updated", {{"number": 1}}))
print(heard.get(timeout=5))
end()
"""
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )

    assert finished.stderr == ""
    assert finished.stdout.strip() == repr(LiveEvent("ada", "job.updated", {"number": 1}))
