"""What lies below Socket.IO's events: its book-keeping, its packets, and the Engine.IO connections that carry
them. Here stands what a client may do before and beside saying anything that has a meaning."""

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
"""How long a connection may stay without being anybody's."""


class ClientPacket(Packet):  # type: ignore[misc]
    """The packets that clients have a use for: nothing binary, and no event that only the server may tell."""

    def decode(self, encoded_packet: Any) -> int:
        """Raises ValueError, TypeError, IndexError or RecursionError if it is no such packet."""
        attachments: int = super().decode(encoded_packet)
        if self.packet_type not in (CONNECT, DISCONNECT, EVENT):
            raise ValueError("it is of a type that clients do not send")
        if self.packet_type == EVENT:
            name = self.data[0] if isinstance(self.data, list) and self.data else None
            if not isinstance(name, str) or name in socketio.Server.reserved_events:
                raise ValueError("it is an event without a proper name")
        return attachments


class SocketManager(socketio.Manager):  # type: ignore[misc]
    """Tells when a client has been told that it is connected, and forgets a client without a search.

    The library looks through the rooms of all clients when one leaves, which stops the process for seconds
    when thousands leave at once. Ours are in no room but their own.
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
    """A token bucket of messages; moments are in monotonic seconds."""

    last_at: float
    left: float = BURST

    def take(self, now: float) -> bool:
        """Count one; whether it is within the limit."""
        self.left = min(self.left + (now - self.last_at) * MESSAGES_PER_SECOND, BURST) - 1
        self.last_at = now
        return self.left >= 0


class EngineGuard:
    """Judges every message before Socket.IO reads it, and ends connections that are nobody's.

    `close` is called with the id of an Engine.IO connection and the reason for which it is to end.
    """

    def __init__(
        self,
        server: socketio.Server,
        close: Callable[[str, str], None],
        wait_seconds: Callable[[dict[str, Any]], int],
        monotonic: Callable[[], float],
        login_seconds: float = LOGIN_SECONDS,
    ) -> None:
        """`wait_seconds` judges a request for a connection, by its WSGI environment: 0 if it may be."""
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
        # Its own would wait until a client has fetched what is left for it, which that may never do.
        self._engine.disconnect = self.end

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if "j" in query:  # JSONP, by which any page could read what is for this one
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
            # The connection was closed at this very moment, for which the library is not prepared.
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"Invalid session"]

    def _receive(self, engine_sid: str, data: Any) -> None:
        try:
            session = self._engine.get_session(engine_sid)
        except KeyError:  # closed a moment ago
            return
        now = self._monotonic()
        if not session.setdefault("allowance", Allowance(now)).take(now):
            self._close(engine_sid, "too_many_events")
            return
        try:
            self._read(engine_sid, data)
        except Exception as error:
            # The boundary: handlers answer for themselves, so what comes here is a packet that is none.
            log.info("a socket is closed, what it sent is no packet: %r", error)
            self._close(engine_sid, "malformed_packet")

    def carries(self, engine_sid: str | None) -> bool:
        """Whether that connection still stands."""
        return engine_sid in self._engine.sockets

    def close_unclaimed(self, claimed: Iterable[str | None]) -> None:
        """End connections that have not been among `claimed` for that long: those that never logged in,
        and those whose client goes on after it has been refused or disconnected."""
        now = self._monotonic()
        unclaimed = set(self._engine.sockets).difference(claimed)
        self._unclaimed_since = {sid: self._unclaimed_since.get(sid, now) for sid in unclaimed}
        for sid, since in self._unclaimed_since.items():
            if now - since >= self._login_seconds:
                self.end(sid)

    def end(self, engine_sid: str) -> None:
        """Close it, after what has been sent to it. Does not wait for its client."""
        engine_socket = self._engine.sockets.get(engine_sid)
        if engine_socket is not None:
            engine_socket.close(wait=False, reason=self._engine.reason.SERVER_DISCONNECT)

    def end_all(self) -> None:
        for engine_sid in list(self._engine.sockets):
            self.end(engine_sid)
