"""Clients that send their requests so slowly that they only keep connections busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from socket import socket
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SenderLimits:
    """The headers must be complete after `header_seconds`. Of a body so many bytes a second must come, on
    average over `body_seconds`."""

    header_seconds: float = 15.0
    body_seconds: float = 30.0
    body_bytes_per_second: int = 1_000


DEFAULT_SENDER_LIMITS = SenderLimits()


class SenderTooSlow(TimeoutError):
    """The connection is to end."""


class _Phase(Enum):
    IDLE = auto()
    HEADERS = auto()
    BODY = auto()


class SlowSenderGuard:
    """Bounds how long a server waits for what the client of one connection sends.

    Only the time spent waiting counts, not what the server does in between. Between two requests the
    server's own timeout holds; the time for headers begins with their first byte, or with the connection.
    """

    def __init__(self, connection: socket, limits: SenderLimits) -> None:
        self._connection = connection
        self._limits = limits
        self._phase = _Phase.HEADERS
        self._seconds_left = limits.header_seconds
        self._bytes_missing = 0
        self.has_given_up = False

    @property
    def awaits_body(self) -> bool:
        return self._phase is _Phase.BODY

    def expect_body(self) -> None:
        """The headers are complete."""
        self._phase = _Phase.BODY
        self._begin_stretch()

    def _begin_stretch(self) -> None:
        """Of the body: it ends when it has brought the bytes that make it fast enough."""
        self._seconds_left = self._limits.body_seconds
        self._bytes_missing = round(self._limits.body_seconds * self._limits.body_bytes_per_second)

    def expect_next_request(self) -> None:
        """The request has been answered."""
        self._phase = _Phase.IDLE

    def receive(self, read: Callable[[], T], size: Callable[[T], int]) -> T:
        """What `read` takes from the connection, which is of that size. Raises SenderTooSlow."""
        if self._phase is _Phase.IDLE:
            received = read()
            self._phase, self._seconds_left = _Phase.HEADERS, self._limits.header_seconds
            return received
        if self._seconds_left <= 0:
            raise self._gives_up()
        timeout = self._connection.gettimeout()
        self._connection.settimeout(self._seconds_left)
        began_at = time.monotonic()
        try:
            received = read()
        except TimeoutError:
            self._seconds_left = 0
            raise self._gives_up() from None
        finally:
            self._connection.settimeout(timeout)
        self._seconds_left -= time.monotonic() - began_at
        if self._phase is _Phase.BODY:
            self._bytes_missing -= size(received)
            if self._bytes_missing <= 0:
                self._begin_stretch()
        return received

    def _gives_up(self) -> SenderTooSlow:
        self.has_given_up = True
        return SenderTooSlow("the client sends too slowly")
