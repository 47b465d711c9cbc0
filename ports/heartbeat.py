"""Something done again and again while something else goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Heartbeat(Protocol):
    def every(self, interval_seconds: float, beat: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `beat` in the background at that interval for as long as the context lasts."""
