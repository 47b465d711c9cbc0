"""Protection below Socket.IO's events: packet checks, message limits, and the lifetime of Engine.IO
connections."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import socketio
from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES = 64 * 1024
MESSAGES_PER_SECOND = 10.0
BURST = 30.0
LOGIN_SECONDS = 10.0
"""The time that a connection may stay open without a login."""


class ClientPacket(Packet):  # type: ignore[misc]
    """The packets that clients may send: no binary ones, and no events that only the server sends."""

    def decode(self, encoded_packet: Any) -> int:
        """Raises ValueError, TypeError, IndexError or RecursionError for any other packet."""
        attachments: int = super().decode(encoded_packet)
        if self.packet_type not in (CONNECT, DISCONNECT, EVENT):
            raise ValueError("it is of a type that clients do not send")
        if self.packet_type == EVENT:
            name = self.data[0] if isinstance(self.data, list) and self.data else None
            if not isinstance(name, str) or name in socketio.Server.reserved_events:
                raise ValueError("it is an event without a proper name")
        return attachments


class SocketManager(socketio.Manager):  # type: ignore[misc]
    """A client manager that reports when a client knows it is connected, and removes clients fast.

    The library searches the rooms of all clients when one leaves. That blocks the process for seconds when
    thousands leave at once. Here each client is only in its own room.
    """

    def __init__(self, connected: Callable[[str], None]) -> None:
        super().__init__()
        self._connected = connected

    def connect(self, sid: str, namespace: str) -> Any:
        connected = super().connect(sid, namespace)
        self._connected(sid)
        return connected

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        for room in (sid, None):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for waiting in (self.pending_connect, self.pending_disconnect):
            if sid in waiting.get(namespace, ()):
                waiting[namespace].remove(sid)
                if not waiting[namespace]:
                    del waiting[namespace]


@dataclass(slots=True)
class Allowance:
    """A token bucket of messages. Times are in monotonic seconds."""

    last_at: float
    left: float = BURST

    def take(self, now: float) -> bool:
        """Count one message; return whether it is within the limit."""
        self.left = min(self.left + (now - self.last_at) * MESSAGES_PER_SECOND, BURST) - 1
        self.last_at = now
        return self.left >= 0


class EngineGuard:
    """Checks every message before Socket.IO reads it, and closes connections without a login.

    `close` is called with the id of an Engine.IO connection and the reason for closing it.
    """

    def __init__(
        self,
        server: socketio.Server,
        close: Callable[[str, str], None],
        wait_seconds: Callable[[dict[str, Any]], int],
        monotonic: Callable[[], float],
        login_seconds: float = LOGIN_SECONDS,
    ) -> None:
        """`wait_seconds` returns, from a WSGI environment, 0 if a connection is allowed or else a wait."""
        self._engine = server.eio
        self._read = self._engine.handlers["message"]
        self._close = close
        self._wait_seconds = wait_seconds
        self._monotonic = monotonic
        self._login_seconds = login_seconds
        self._unclaimed_since: dict[str, float] = {}
        self._engine.on("message", self._receive)
        self._handle_request = self._engine.handle_request
        self._engine.handle_request = self._answer
        # The library's own waits until the client has fetched pending packets, which it may never do.
        self._engine.disconnect = self.end

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if "j" in query:  # JSONP would let any page read a user's events
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"JSONP is not served"]
        wait = 0 if "sid" in query else self._wait_seconds(environ)
        if wait:
            headers = [("Content-Type", "text/plain"), ("Retry-After", str(wait))]
            start_response("429 Too Many Requests", headers)
            return [b"Too many connections"]
        try:
            answer: Iterable[bytes] = self._handle_request(environ, start_response)
            return answer
        except KeyError:
            # The connection was closed concurrently, which the library does not handle.
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"Invalid session"]

    def _receive(self, engine_sid: str, data: Any) -> None:
        try:
            session = self._engine.get_session(engine_sid)
        except KeyError:  # closed concurrently
            return
        now = self._monotonic()
        if not session.setdefault("allowance", Allowance(now)).take(now):
            self._close(engine_sid, "too_many_events")
            return
        try:
            self._read(engine_sid, data)
        except Exception as error:
            # Catch everything: handlers catch their own errors, so this is a malformed packet.
            log.info("a socket is closed because of a malformed packet: %r", error)
            self._close(engine_sid, "malformed_packet")

    def carries(self, engine_sid: str | None) -> bool:
        """Whether the connection is open."""
        return engine_sid in self._engine.sockets

    def close_unclaimed(self, claimed: Iterable[str | None]) -> None:
        """Close connections that were not among `claimed` for `login_seconds`: clients that never log in, or
        that stay after they were refused or disconnected."""
        now = self._monotonic()
        unclaimed = set(self._engine.sockets).difference(claimed)
        self._unclaimed_since = {sid: self._unclaimed_since.get(sid, now) for sid in unclaimed}
        for sid, since in self._unclaimed_since.items():
            if now - since >= self._login_seconds:
                self.end(sid)

    def end(self, engine_sid: str) -> None:
        """Close the connection after its pending packets, without waiting for the client."""
        engine_socket = self._engine.sockets.get(engine_sid)
        if engine_socket is not None:
            engine_socket.close(wait=False, reason=self._engine.reason.SERVER_DISCONNECT)

    def end_all(self) -> None:
        for engine_sid in list(self._engine.sockets):
            self.end(engine_sid)
