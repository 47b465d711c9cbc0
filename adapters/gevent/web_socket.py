from __future__ import annotations

import base64
import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from socket import SHUT_RD, SHUT_WR, socket
from typing import Any

import gevent
from gevent.lock import Semaphore
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

_KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Proves that the answer comes from somebody who speaks WebSocket (RFC 6455, 1.3)."""

_READ_BYTES = 4096
_CLOSING_SECONDS = 1.0
"""How long a client may take to answer that the connection is to end."""


class GeventWebSocket:
    """A WebSocket as Engine.IO wants one: made for a handler, called as a WSGI application on gunicorn.

    In place of Engine.IO's own for gevent, which costs one more greenlet for each socket, keeps compression
    tables of 300 kB for most clients, sends only a part of what does not fit into the kernel's buffer,
    collects messages without limit, and waits for a client that has vanished until the kernel gives it up.
    """

    def __init__(self, handler: Callable[[GeventWebSocket], Any], server: Any) -> None:
        """`server` is Engine.IO's; no message may be longer than its `max_http_buffer_size`."""
        self._handler = handler
        self._max_message = server.max_http_buffer_size
        self._connection = Connection(ConnectionType.SERVER)
        self._messages: deque[str | bytes] = deque()
        self._parts: list[Any] = []  # of one kind, by the protocol
        self._parts_length = 0
        self._sending = Semaphore()
        self._is_closing = False
        self._has_ended = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Raises StopIteration at the end, by which gunicorn knows that the connection is not to go on."""
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or not key.isascii():
            status = HTTPStatus.UPGRADE_REQUIRED
            start_response(f"{status.value} {status.phrase}", [("Sec-WebSocket-Version", "13")])
            return [b"This is WebSocket of version 13 (RFC 6455)."]
        # Engine.IO gives a socket of this name a timeout: longer than the time between two of its pings.
        self.socket: socket = environ["gunicorn.socket"]
        self._send_bytes(_accepting(key.encode()))
        self._handler(self)
        raise StopIteration

    def wait(self) -> str | bytes | None:
        """The next message, or None at the end. Raises OSError, also after too long a silence."""
        while not self._messages and not self._has_ended:
            data = self.socket.recv(_READ_BYTES)
            if not data:
                break
            self._connection.receive_data(data)
            for event in self._connection.events():
                self._handle(event)
                if self._has_ended:
                    break
        return self._messages.popleft() if self._messages else None

    def _handle(self, event: Event) -> None:
        if isinstance(event, CloseConnection):
            self._has_ended = True
            with suppress(LocalProtocolError):  # it is the answer to ours
                self._send_event(event.response())
        elif self._is_closing:
            return
        elif isinstance(event, Message):
            self._collect(event)
        elif isinstance(event, Ping):
            self._send_event(event.response())

    def _collect(self, event: Message[Any]) -> None:
        self._parts.append(event.data)
        self._parts_length += len(event.data)
        if self._parts_length > self._max_message:
            self._end(CloseReason.MESSAGE_TOO_BIG)
        elif event.message_finished:
            self._messages.append(event.data[:0].join(self._parts))
            self._parts, self._parts_length = [], 0

    def send(self, message: str | bytes) -> None:
        """Returns when the kernel has all of it. Raises OSError, or LocalProtocolError after the end."""
        event = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
        self._send_event(event)

    def close(self) -> None:
        """Say so to the client. Nothing happens if the connection is ending already."""
        if not self._is_closing and not self._has_ended:
            self._end(CloseReason.NORMAL_CLOSURE)

    def _end(self, code: CloseReason) -> None:
        """What the client still sends is thrown away: if it were refused, our last words could be lost."""
        self._is_closing = True
        with suppress(OSError, LocalProtocolError):
            self._send_event(CloseConnection(code))
            self.socket.shutdown(SHUT_WR)
        gevent.spawn_later(_CLOSING_SECONDS, self._cut_off)

    def _cut_off(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(SHUT_RD)

    def _send_event(self, event: Event) -> None:
        self._send_bytes(self._connection.send(event))

    def _send_bytes(self, data: bytes) -> None:
        # Two greenlets send, the reader its pongs and the writer its messages: frames must not mix.
        with self._sending:
            self.socket.sendall(data)


def _accepting(key: bytes) -> bytes:
    proof = base64.b64encode(hashlib.sha1(key + _KEY_SUFFIX).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n"
    )
