"""Limits on the WebSockets below Engine.IO, and their closing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import SHUT_RDWR
from typing import Any

import socketio
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from simple_websocket import ConnectionClosed
from wsproto.utilities import LocalProtocolError

log = logging.getLogger(__name__)

Handler = Callable[[Any], Any]
"""Engine.IO's handler of one WebSocket, from its handshake to its end."""


def use_bounded_web_sockets(server: socketio.Server) -> None:
    """Refuse messages that are too long while they arrive, and close a connection that breaks.

    Engine.IO checks the length of a message only when it is complete, and answers unreadable data with an
    HTTP error inside the WebSocket. It has no setting for either, so this uses private attributes.
    """
    engine = server.eio
    if engine.async_mode == "gevent":
        from adapters.gevent.web_socket import GeventWebSocket

        kind: Callable[..., Any] = GeventWebSocket
    else:
        kind = _ThreadedWebSocket
    engine._async = {
        **engine._async,
        "websocket": lambda handler, engine: kind(_contained(handler), engine),
    }


def _contained(handler: Handler) -> Handler:
    engine_socket = handler.__self__  # type: ignore[attr-defined]

    def handle(web_socket: Any) -> Any:
        try:
            return handler(web_socket)
        except Exception as error:
            # Catch everything: only unreadable data or a lost client raises here.
            log.info("a WebSocket has ended: %r", error)
            engine_socket.close(wait=False, abort=True, reason=engine_socket.server.reason.TRANSPORT_ERROR)
            return []

    return handle


class _ThreadedWebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]
    """Engine.IO's own implementation, for one thread per connection."""

    def __init__(self, handler: Handler, server: Any) -> None:
        super().__init__(handler, server, max_message_size=server.max_http_buffer_size)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            answer: Iterable[bytes] = super().__call__(environ, start_response)
            return answer
        finally:
            # Otherwise Werkzeug would wait here for another HTTP request.
            with suppress(OSError):
                environ["werkzeug.socket"].shutdown(SHUT_RDWR)

    def close(self) -> None:
        """Close once: reader and writer both call this at the end."""
        with suppress(OSError, LocalProtocolError, ConnectionClosed):
            super().close()
