"""The WebSockets below Engine.IO: which implementation, and how long their messages may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import socketio

WebSocketApp = Callable[..., Any]


def use_bounded_web_sockets(server: socketio.Server) -> None:
    """Engine.IO measures a message when all of it is there; ours stop a longer one while it arrives.

    Engine.IO offers no setting for this, hence its private attribute.
    """
    engine = server.eio
    if engine.async_mode == "gevent":
        from adapters.gevent.web_socket import GeventWebSocket

        made: WebSocketApp = GeventWebSocket
    else:
        plain = engine._async["websocket"]

        def made(handler: Callable[..., Any], engine: Any) -> WebSocketApp:
            web_socket: Any = plain(handler, engine)
            web_socket.server_args["max_message_size"] = engine.max_http_buffer_size
            app: WebSocketApp = web_socket
            return app

    engine._async = {**engine._async, "websocket": made}
