"""Time, ids, randomness and waiting, which use cases do not take from the machine directly."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time: aware, in UTC, in whole milliseconds (which every store can keep)."""


class Ids(Protocol):
    """A generator of ULIDs: 26 characters of Crockford's base 32, sortable by their time."""

    def new(self) -> str: ...

    def derived(self, seed: str, *, at: datetime, index: int = 0) -> str:
        """The same id for the same arguments. Ids with the same `at` sort by `index` (0 to 65,535)."""


class Randomness(Protocol):
    """Unpredictable randomness."""

    def fraction(self) -> float:
        """A number from 0 (inclusive) to 1 (exclusive), evenly distributed."""

    def digits(self, count: int) -> str:
        """That many decimal digits, each evenly distributed."""

    def token(self) -> str:
        """At least 128 random bits as URL-safe text."""


class Sleeper(Protocol):
    def wait(self, seconds: float) -> None:
        """Block the caller for that time, and nobody else."""


@dataclass(frozen=True, slots=True)
class System:
    """The services of the machine that use cases need."""

    clock: Clock
    ids: Ids
    randomness: Randomness
    sleeper: Sleeper


class Heartbeat(Protocol):
    def every(self, interval_seconds: float, beat: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `beat` in the background at that interval while the context is open."""
