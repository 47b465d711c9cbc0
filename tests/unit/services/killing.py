"""Processes that die between two writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.faults import Faults


class Killed(BaseException):
    """What happens to a process that gets SIGKILL: nothing after it."""


@contextmanager
def killed_at_write(number: int, faults: Faults) -> Iterator[None]:
    """Whoever begins the write of that number to the database, counted from 0, is killed."""
    writes = count()

    def kill(_: str) -> None:
        if next(writes) == number:
            raise Killed

    with faults.before_write(kill):
        yield
