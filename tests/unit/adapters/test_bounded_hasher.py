from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import gevent
import pytest

from adapters.crypto.bounded_hasher import BoundedHasher, Threads
from adapters.gevent.threads import RealThreads
from adapters.system.threads import PooledThreads
from core.domain.errors import Unavailable
from tests.fakes import QuickHasher


class SlowHasher(QuickHasher):
    """Hashes when it is told to, and notes how many hashes are made at once."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = threading.Event()
        self.now, self.most = 0, 0
        self.threads: set[int] = set()
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.threads.add(threading.get_ident())
        assert self.may_end.wait(5)
        with self._lock:
            self.now -= 1
        return super().hash(password)


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(50) as threads:
        yield threads


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def refused(calls: list[Future[str]]) -> list[Unavailable]:
    return [error for call in calls if call.done() and isinstance(error := call.exception(), Unavailable)]


@pytest.mark.parametrize("threads", [PooledThreads, RealThreads])
def test_it_hashes_as_ever(threads: Callable[[int], Threads]) -> None:
    hasher = BoundedHasher(QuickHasher(cost=2), threads(2))

    hashed = hasher.hash("secret")

    assert hasher.matches("secret", hashed)
    assert not hasher.matches("other", hashed)
    assert not hasher.matches("secret", None)
    assert hasher.is_outdated("1:hash")
    assert not hasher.is_outdated(hashed)


def test_few_are_hashed_few_wait_and_the_others_are_refused(callers: ThreadPoolExecutor) -> None:
    slow = SlowHasher()
    hasher = BoundedHasher(slow, PooledThreads(2), waiting_per_thread=3, refused_after_seconds=0.1)

    calls = [callers.submit(hasher.hash, "secret") for _ in range(50)]
    until(lambda: len(refused(calls)) == 42)
    slow.may_end.set()

    assert sum(call.exception() is None for call in calls) == 8
    assert slow.most == 2
    assert {error.code for error in refused(calls)} == {"passwords_busy"}
    assert {error.retry_after_seconds for error in refused(calls)} == {2}
    assert hasher.hash("again"), "there is room again"


def test_what_fails_makes_room_too() -> None:
    class Failing(QuickHasher):
        def hash(self, password: str) -> str:
            raise ValueError(password)

    hasher = BoundedHasher(Failing(), PooledThreads(1), waiting_per_thread=0)

    for _ in range(3):
        with pytest.raises(ValueError, match="secret"):
            hasher.hash("secret")


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness on Linux only")
def test_the_kernel_prefers_requests_to_hashes() -> None:
    class Nice(QuickHasher):
        def hash(self, password: str) -> str:
            return str(os.getpriority(os.PRIO_PROCESS, 0))

    before = os.getpriority(os.PRIO_PROCESS, 0)

    assert int(BoundedHasher(Nice(), PooledThreads(1)).hash("secret")) > before
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_loop_goes_on_while_a_real_thread_works() -> None:
    ticks: list[float] = []

    def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            gevent.sleep(0.005)

    def work() -> Any:
        time.sleep(0.2)
        return threading.get_ident()

    ticking = gevent.spawn(tick)
    thread = RealThreads(1).run(work)
    ticking.kill()

    assert len(ticks) > 10
    assert thread != threading.get_ident()
