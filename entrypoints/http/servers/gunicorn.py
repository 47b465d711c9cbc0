"""gunicorn, told by the settings rather than by a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from socket import socket
from typing import Any

import gevent
from flask import Flask
from greenlet import greenlet
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.ggevent import GeventWorker

from entrypoints.http.kit.slow_senders import (
    DEFAULT_SENDER_LIMITS,
    SenderLimits,
    SenderTooSlow,
    SlowSenderGuard,
)
from entrypoints.http.live.sockets import Sockets
from entrypoints.settings import Settings

_SENDING_AWAY_SECONDS = 0.2
_DRAINED_BYTES = 64 * 1024


class SocketWorker(GeventWorker):  # type: ignore[misc]
    """Waits at its end for requests that are under way, but neither for sockets, which would never end, nor
    for connections that are only kept in case another request comes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._idle: set[greenlet] = set()

    def handle(self, listener: Any, client: socket, addr: Any) -> None:
        super().handle(listener, _GuardedSocket(client, self.app.sender_limits), addr)

    def handle_request(self, listener_name: Any, req: Any, sock: _GuardedSocket, addr: Any) -> None:
        """The app gets the bare socket, of which a WebSocket goes on reading at its own pace."""
        sock.guard.expect_body()
        try:
            super().handle_request(listener_name, req, sock.bare, addr)
            while req.body.read(_DRAINED_BYTES):
                pass  # what the app has left unread, for which gunicorn would wait as for another request
        except SenderTooSlow:
            raise StopIteration from None
        if sock.guard.has_given_up:
            raise StopIteration
        sock.guard.expect_next_request()

    def timeout_ctx(self) -> _Idle:
        """Around the wait for the next request of a connection."""
        return _Idle(self._idle, super().timeout_ctx())

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        gevent.spawn(self._send_away)

    def _send_away(self) -> None:
        self.app.stop_sockets()
        gevent.sleep(_SENDING_AWAY_SECONDS)
        # This exception ends a connection without a word; by another one it would be told of an error.
        gevent.killall(list(self._idle), exception=StopIteration, block=False)


class _GuardedSocket:
    """A connection, whose client must not be too slow while a request is read."""

    def __init__(self, bare: socket, limits: SenderLimits) -> None:
        self.bare = bare
        self.guard = SlowSenderGuard(bare, limits)

    def recv(self, size: int) -> bytes:
        """Raises SenderTooSlow or, while headers come, what gunicorn takes for a client that has gone."""
        try:
            return self.guard.receive(lambda: self.bare.recv(size), len)
        except SenderTooSlow:
            if self.guard.awaits_body:
                raise
            raise NoMoreData from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bare, name)


class _Idle:
    """The greenlet that is inside waits for nothing but a request, for as long as the timeout allows."""

    def __init__(self, idle: set[greenlet], timeout: gevent.Timeout) -> None:
        self._idle = idle
        self._timeout = timeout

    def __enter__(self) -> None:
        self._greenlet = gevent.getcurrent()
        self._idle.add(self._greenlet)
        self._timeout.__enter__()

    def __exit__(self, *error: Any) -> Any:
        self._idle.discard(self._greenlet)
        return self._timeout.__exit__(*error)


class GunicornServer(BaseApplication):  # type: ignore[misc]
    """Each worker process builds its own app, after the fork: no connection is ever shared."""

    def __init__(
        self,
        make_app: Callable[[], tuple[Flask, Sockets]],
        settings: Settings,
        workers: int,
        sender_limits: SenderLimits = DEFAULT_SENDER_LIMITS,
    ) -> None:
        self._make_app = make_app
        self._settings = settings
        self._workers = workers
        self.sender_limits = sender_limits
        self._sockets: Sockets | None = None
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "workers": self._workers,
            "worker_class": SocketWorker,
            "worker_connections": 10_000,
            "keepalive": 30,
            "graceful_timeout": int(self._settings.shutdown_grace.total_seconds()),
            "loglevel": "warning",
            "proc_name": "interview-prep-api",
            "limit_request_line": 8190,
            "limit_request_field_size": 16_380,
            # Which proxies are believed is for TRUSTED_PROXIES alone to say.
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app, self._sockets = self._make_app()
        return app

    def stop_sockets(self) -> None:
        if self._sockets is not None:
            self._sockets.stop()
