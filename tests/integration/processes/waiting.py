"""Waiting for other processes, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

_POLL_SECONDS = 0.05


def until(look: Callable[[], Seen | None], what: str, *, within: float = 20.0) -> Seen:
    """What `look` sees first that is neither None nor False. Fails after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        assert time.monotonic() < deadline, f"after {within:.0f} s there is still no {what}"
        time.sleep(_POLL_SECONDS)
