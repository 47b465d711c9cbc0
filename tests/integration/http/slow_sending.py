"""Sending a request a little at a time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from entrypoints.http.kit.slow_senders import SenderLimits

LIMITS = SenderLimits(header_seconds=0.5, body_seconds=0.5, body_bytes_per_second=1_000)
"""A body has to bring 500 bytes each half second."""


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.opened_at = time.monotonic()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def drip(self, data: bytes, pause_seconds: float, bytes_at_a_time: int = 1) -> bool:
        """Send so many bytes, and wait; whether all were taken and nothing came back."""
        self.socket.settimeout(pause_seconds)
        for begin in range(0, len(data), bytes_at_a_time):
            try:
                self.socket.sendall(data[begin : begin + bytes_at_a_time])
                self.socket.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                continue
            except OSError:
                pass
            self.socket.settimeout(5)
            return False
        self.socket.settimeout(5)
        return True

    def rest(self) -> bytes:
        """What comes until the server ends the connection."""
        received = b""
        while True:
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                return received
            if not data:
                return received
            received += data

    def answer(self) -> tuple[int, bytes]:
        """The status and the body of one answer."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.socket.recv(1)
            assert byte, f"the server has ended the connection after {head!r}"
            head += byte
        lines = head.decode().lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length"))
        body = b""
        while len(body) < length:
            body += self.socket.recv(length - len(body))
        return int(lines[0].split()[1]), body


Connect = Callable[[], Connection]


@contextmanager
def connecting(port: int) -> Iterator[Connect]:
    connections: list[Connection] = []

    def connect() -> Connection:
        connections.append(Connection(port))
        return connections[-1]

    yield connect
    for each in connections:
        each.socket.close()
