"""A bounded pool of SMTP connections, shared by threads and kept open between emails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.smtp.connection import SmtpConnection
from core.domain.mail.emails import EmailNotSent

CHECKED_AFTER_SECONDS = 5.0
"""A connection that was idle for longer is checked before it is used."""


class SmtpPool:
    """A pool that reuses the most recently used connection, so that few stay open."""

    def __init__(
        self,
        opened: Callable[[], SmtpConnection],
        max_connections: int,
        wait_seconds: float,
        *,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._opened = opened
        self._wait_seconds = wait_seconds
        self._elapsed = elapsed
        self._places = threading.BoundedSemaphore(max_connections)
        self._lock = threading.Lock()
        self._resting: list[tuple[SmtpConnection, float]] = []
        self._is_closed = False

    @contextmanager
    def connection(self, *, fresh: bool = False) -> Iterator[SmtpConnection]:
        """A connection to use within the block; a `fresh` one is newly opened.

        Raises EmailNotSent, transient, if none can be opened or none becomes free in time.
        """
        if not self._places.acquire(timeout=self._wait_seconds):
            raise EmailNotSent("All connections to the mail server are busy.", is_transient=True)
        try:
            connection = self._taken(fresh)
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._places.release()

    def _taken(self, fresh: bool) -> SmtpConnection:
        while (rested := self._rested()) is not None:
            connection, since = rested
            is_recent = self._elapsed() - since < CHECKED_AFTER_SECONDS
            if not fresh and (is_recent or connection.answers()):
                return connection
            # A fresh one is requested after the server closed a connection: it has closed these too.
            connection.drop()
        return self._opened()

    def _give_back(self, connection: SmtpConnection) -> None:
        with self._lock:
            is_kept = connection.is_usable and not self._is_closed
            if is_kept:
                self._resting.append((connection, self._elapsed()))
        if not is_kept:
            connection.close()

    def close(self) -> None:
        """Close idle connections now, and the others when they are given back."""
        with self._lock:
            self._is_closed = True
            resting, self._resting = self._resting, []
        for connection, _ in resting:
            connection.close()

    def _rested(self) -> tuple[SmtpConnection, float] | None:
        with self._lock:
            return self._resting.pop() if self._resting else None
