"""Many threads that do the same at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

R = TypeVar("R")


def at_once(amount: int, act: Callable[[int], R]) -> list[R]:
    """What `act` returns for 0, 1, 2 ..., each in a thread of its own that starts when all are there."""
    barrier = threading.Barrier(amount)

    def run(number: int) -> R:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(amount) as threads:
        return list(threads.map(run, range(amount)))
