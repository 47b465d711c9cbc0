"""Servers for the Flask application: a threaded one for the embedded product, gunicorn for production."""

from __future__ import annotations

import io
import logging
import socket
import threading
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from entrypoints.http.kit.slow_senders import DEFAULT_SENDER_LIMITS, SenderLimits, SlowSenderGuard

log = logging.getLogger(__name__)


class _GuardedInput(io.RawIOBase):
    """What comes in over a connection, from a client that must not be too slow."""

    def __init__(self, incoming: io.RawIOBase, guard: SlowSenderGuard) -> None:
        self._incoming = incoming
        self._guard = guard

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._guard.receive(lambda: self._incoming.readinto(buffer) or 0, int)

    def close(self) -> None:
        self._incoming.close()
        super().close()


class _Handler(WSGIRequestHandler):
    """HTTP/1.1, one request for each connection; requests are logged by the application itself."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def setup(self) -> None:
        super().setup()
        limits: SenderLimits = self.server.sender_limits  # type: ignore[attr-defined]
        self._guard = SlowSenderGuard(self.connection, limits)
        self.rfile = io.BufferedReader(_GuardedInput(self.rfile.detach(), self._guard))

    def run_wsgi(self) -> None:
        self._guard.expect_body()
        super().run_wsgi()

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        pass

    def log(self, type: str, message: str, *args: Any) -> None:
        log.debug(message, *args)


class ThreadedServer:
    """Serves from a thread of its own, a thread per connection: enough for one person's machine."""

    def __init__(
        self, app: Flask, host: str, port: int, sender_limits: SenderLimits = DEFAULT_SENDER_LIMITS
    ) -> None:
        """Binds at once. Raises OSError if the address is taken."""
        with _listening(host, port) as bound:
            self._server: BaseWSGIServer = make_server(
                host, port, app, threaded=True, request_handler=_Handler, fd=bound.fileno()
            )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._server.sender_limits = sender_limits  # type: ignore[attr-defined]
        self.port = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever, name="http", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _listening(host: str, port: int) -> socket.socket:
    """Werkzeug would end the process if it could not bind."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen()
    except OSError:
        bound.close()
        raise
    return bound
