"""Time, ids, randomness and waiting: what a use case may not take from the machine by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment: aware, in UTC, whole milliseconds (what every store can keep)."""


class Ids(Protocol):
    """Makes ids: ULIDs, 26 characters of Crockford's base 32, sortable by the time they carry."""

    def new(self) -> str: ...

    def derived(self, seed: str, *, at: datetime, index: int = 0) -> str:
        """Always the same id for the same arguments; ids of one `at` sort by `index` (0 to 65,535)."""


class Randomness(Protocol):
    """Randomness that nobody can foresee."""

    def fraction(self) -> float:
        """Evenly from 0 (inclusive) to 1 (exclusive)."""

    def digits(self, count: int) -> str:
        """So many decimal digits, each evenly from 0 to 9."""

    def token(self) -> str:
        """At least 128 random bits as URL-safe text."""


class Sleeper(Protocol):
    def wait(self, seconds: float) -> None:
        """Let that much time pass for whoever asked, and for nobody else."""


@dataclass(frozen=True, slots=True)
class System:
    """The machine as the use cases see it."""

    clock: Clock
    ids: Ids
    randomness: Randomness
    sleeper: Sleeper


class Heartbeat(Protocol):
    def every(self, interval_seconds: float, beat: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `beat` in the background at that interval for as long as the context lasts."""
