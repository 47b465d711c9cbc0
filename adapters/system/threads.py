from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class PooledThreads:
    """So many threads, which start when they are first needed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="pooled")

    def run(self, act: Callable[[], T]) -> T:
        """What `act` returns in one of the threads, as soon as one is free."""
        return self._executor.submit(act).result()
