from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gevent.threadpool import ThreadPool

T = TypeVar("T")


class RealThreads:
    """So many threads of the operating system, beside the one that serves all requests.

    Whoever waits for one of them lets the others go on. gevent's own pool is for look-ups of names.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool = ThreadPool(count)

    def run(self, act: Callable[[], T]) -> T:
        """What `act` returns in one of the threads, as soon as one is free."""
        result: T = self._pool.apply(act)
        return result
