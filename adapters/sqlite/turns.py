from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that threads get in the order in which they asked for it.

    `threading.Lock` promises no order: a thread that comes back at once may get it again and again.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many threads wait."""
        return len(self._waiting)

    @contextmanager
    def take(self, timeout_seconds: float) -> Iterator[None]:
        """Raises TimeoutError if the turn has not come within that time: those behind then move up."""
        self._wait(timeout_seconds)
        try:
            yield
        finally:
            self._pass_on()

    def _wait(self, timeout_seconds: float) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            has_come = turn.acquire(timeout=timeout_seconds)
        except BaseException:
            if not self._left(turn):
                self._pass_on()
            raise
        if not has_come and self._left(turn):
            raise TimeoutError("others have not ended in time")

    def _left(self, turn: threading.Lock) -> bool:
        """Whether this thread still waited; otherwise its turn came in the very moment in which it left."""
        with self._guard:
            try:
                self._waiting.remove(turn)
            except ValueError:
                return False
            return True

    def _pass_on(self) -> None:
        """The lock stays taken while somebody waits, so that nobody slips in before them."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
