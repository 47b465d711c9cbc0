"""Socket.IO's official Python client, which keeps what it hears. And a bare WebSocket, for bad manners."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import socketio
import websocket

SOON_SECONDS = 5.0


class SocketClient:
    """Connects once, and does not come back by itself."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._io = socketio.Client(reconnection=False)
        self._changed = threading.Condition()
        self._heard: list[tuple[str, Any]] = []
        self._taken = 0
        self.refusal: Any = None
        self.is_disconnected = threading.Event()
        self._io.on("*", self._hear)
        self._io.on("connect_error", self._note_refusal)
        self._io.on("disconnect", lambda *_: self.is_disconnected.set())

    def _note_refusal(self, refusal: Any) -> None:
        self.refusal = refusal

    def _hear(self, event: str, payload: Any) -> None:
        with self._changed:
            self._heard.append((event, payload))
            self._changed.notify_all()

    def connect(
        self, token: str | None = None, *, transport: str = "websocket", headers: dict[str, str] | None = None
    ) -> bool:
        """Whether the server let it in; if not, `refusal` is why."""
        auth = {} if token is None else {"token": token}
        try:
            self._io.connect(self._url, headers or {}, auth=auth, transports=[transport], wait_timeout=10)
        except socketio.exceptions.ConnectionError as error:
            self.refusal = self.refusal or str(error)
            return False
        return True

    def next(self, event: str, *, within: float = SOON_SECONDS) -> Any:
        """The payload of the next event of that name, which may have been heard already."""
        deadline = time.monotonic() + within
        with self._changed:
            while True:
                while self._taken < len(self._heard):
                    name, payload = self._heard[self._taken]
                    self._taken += 1
                    if name == event:
                        return payload
                left = deadline - time.monotonic()
                assert left > 0, f"no {event} within {within:.0f} s, but {self._heard}"
                self._changed.wait(left)

    def heard(self, event: str) -> list[Any]:
        """The payloads of all events of that name until now."""
        with self._changed:
            return [payload for name, payload in self._heard if name == event]

    def ask(self, event: str, payload: Any) -> Any:
        return self._io.call(event, payload, timeout=SOON_SECONDS)

    def say(self, event: str, payload: Any) -> None:
        with suppress(socketio.exceptions.BadNamespaceError):
            self._io.emit(event, payload)

    def closed(self, *, within: float = SOON_SECONDS) -> str:
        """Why the server has closed it, which it has done then."""
        reason: str = self.next("connection.closed", within=within)["reason"]
        assert self.is_disconnected.wait(SOON_SECONDS), "told that it is closed, but not disconnected"
        return reason

    def leave(self) -> None:
        self._io.disconnect()


class BareWebSocket:
    """After the handshake of Engine.IO, before anything of Socket.IO."""

    def __init__(self, url: str, **options: Any) -> None:
        address = url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"
        self._connection = websocket.create_connection(address, timeout=SOON_SECONDS, **options)
        self.send = self._connection.send
        self.send_binary = self._connection.send_binary
        self.send_frame = self._connection.send_frame
        self.close = self._connection.close
        assert self.recv().startswith("0{")

    def recv(self) -> str:
        """The next message; empty when the server says that the connection ends."""
        message = self._connection.recv()
        return message if isinstance(message, str) else message.decode()

    def until_closed(self) -> list[str]:
        """What still comes, up to the end of the connection."""
        messages: list[str] = []
        with suppress(websocket.WebSocketConnectionClosedException, ConnectionError):
            while message := self.recv():
                messages.append(message)
        return messages


@contextmanager
def bare_web_socket(url: str, **options: Any) -> Iterator[BareWebSocket]:
    connection = BareWebSocket(url, **options)
    yield connection
    connection.close()
