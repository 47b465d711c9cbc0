"""The Socket.IO server, which sends live events to connected users.

Each process serves its own sockets. The event channel delivers every event to every process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import socketio
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO

from core.domain.error_codes import ErrorCode
from core.domain.errors import DomainError, NotAuthenticated, TooManyRequests, Unavailable
from core.domain.identity.logins import Identity
from core.domain.live.events import CloseSockets
from entrypoints.http.access.addresses import counted, parsed
from entrypoints.http.access.cookies import ACCESS_COOKIE
from entrypoints.http.access.hosts import is_served_host
from entrypoints.http.live.client_events import Answer, ClientEvents, unknown_event
from entrypoints.http.live.connections import Connection, Connections
from entrypoints.http.live.engine import (
    LOGIN_SECONDS,
    MAX_PAYLOAD_BYTES,
    ClientPacket,
    EngineGuard,
    SocketManager,
)
from entrypoints.http.live.web_sockets import use_bounded_web_sockets
from entrypoints.wiring.application import Application
from ports.live import LiveMessage

log = logging.getLogger(__name__)
_quiet = logging.getLogger(f"{__name__}.library")
_quiet.setLevel(logging.CRITICAL)  # it logs a traceback for each malformed request

CHECK_INTERVAL_SECONDS = 2.0

_INTERNAL = {"code": ErrorCode.INTERNAL_ERROR, "detail": "An internal error occurred."}


class Sockets:
    """The Socket.IO server of one process.

    Long-polling needs all requests of a client to reach the same process. If several processes share one
    port (`is_sharing_port`), WebSocket is the only transport.
    """

    def __init__(
        self,
        app: Flask,
        application: Application,
        async_mode: str,
        *,
        is_sharing_port: bool = False,
        login_seconds: float = LOGIN_SECONDS,
    ) -> None:
        settings = application.settings
        self._application = application
        self._connections = Connections(settings.max_sockets_per_user, settings.max_sockets_per_address)
        self._stopped = threading.Event()
        self._end_listening: Callable[[], None] = lambda: None
        self._io = SocketIO(
            app,
            async_mode=async_mode,
            # A client's events run one after another in its own thread, so it can delay only itself.
            async_handlers=False,
            client_manager=SocketManager(self._welcome),
            serializer=ClientPacket,
            transports=["websocket"] if is_sharing_port else ["polling", "websocket"],
            cors_allowed_origins=self._is_allowed_origin,
            max_http_buffer_size=MAX_PAYLOAD_BYTES,
            manage_session=False,
            logger=_quiet,
            engineio_logger=_quiet,
        )
        self._server: socketio.Server = self._io.server
        use_bounded_web_sockets(self._server)
        self._guard = EngineGuard(
            self._server, self._close_engine, self._wait_seconds, time.monotonic, login_seconds
        )
        self._register()

    def start(self) -> None:
        """Start to deliver events, and to close sockets whose login has ended."""
        self._end_listening = self._application.live.channel.listen(self._receive)
        threading.Thread(target=self._keep_checking, name="socket check", daemon=True).start()

    def stop(self) -> None:
        """Disconnect all clients without a `connection.closed`, so that they reconnect by themselves to
        another process."""
        self._stopped.set()
        self._end_listening()
        self._guard.end_all()

    def _is_allowed_origin(self, origin: str, environ: dict[str, Any]) -> bool:
        """Whether the page that connects belongs to the product or is listed in `allowed_origins`."""
        settings = self._application.settings
        here = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        return origin in (here, settings.public_url, *settings.allowed_origins)

    def _register(self) -> None:
        on = self._io.on
        on("connect")(self._connect)
        on("disconnect")(self._disconnect)
        asked = ClientEvents(self._application, self._connections)
        for name in asked.names:
            on(name)(asked.handler(name, _sid))
        on("*")(unknown_event)
        self._io.on_error_default(self._failed)

    def _connect(self, auth: Any = None) -> None:
        settings = self._application.settings
        if not is_served_host(settings, request.environ.get("HTTP_HOST", "")):
            raise ConnectionRefusedError(
                f"Connect to {settings.public_url}.", {"code": ErrorCode.WRONG_HOST.value}
            )
        address = counted(parsed(request.remote_addr))
        try:
            self._connections.add(_sid(), self._authenticated(auth), address)
        except DomainError as error:
            raise _refusal(error) from error

    def _welcome(self, sid: str) -> None:
        """Start to send events to the client, which now knows that it is connected."""
        connection = self._connections.open(sid)
        if connection is None:  # its login ended concurrently
            self._server.disconnect(sid)
            return
        user_id = connection.identity.user_id
        try:
            unread = self._application.live.notifications.unread_count(user_id)
        except DomainError as error:
            self._close(sid, error.code)
            return
        self._io.emit("ready", {"user_id": user_id, "unread_count": unread}, to=sid)

    def _wait_seconds(self, environ: dict[str, Any]) -> int:
        """The wait from the rate limit. It is checked before any state is kept for the connection."""
        address = counted(parsed(environ.get("REMOTE_ADDR")))
        rule = self._application.settings.limits.connect
        verdict = self._application.foundation.shared.limiter.hit(rule, "connect", address)
        return 0 if verdict.is_allowed else max(verdict.reset_seconds, 1)

    def _authenticated(self, auth: Any) -> Identity:
        """The identity from the client's token, or else from the cookie. A browser sends the cookie for any
        page, so the Origin or Sec-Fetch-Site header must show that the page belongs to the product."""
        token = auth.get("token") if isinstance(auth, dict) else None
        is_our_page = "Origin" in request.headers or request.headers.get("Sec-Fetch-Site") == "same-origin"
        if token is None and is_our_page:
            token = request.cookies.get(ACCESS_COOKIE)
        if not isinstance(token, str):
            raise NotAuthenticated("Connect with `auth: {token}`.")
        return self._application.identity.logins.authenticate(token)

    def _disconnect(self, *_: Any) -> None:
        self._connections.remove(_sid())

    def _failed(self, error: Exception) -> Answer:
        log.error("a socket's event failed", exc_info=error)
        if request.event["message"] == "connect":  # type: ignore[attr-defined]
            raise ConnectionRefusedError(_INTERNAL["detail"], {"code": _INTERNAL["code"]})
        return {"error": _INTERNAL}

    def _receive(self, message: LiveMessage) -> None:
        if isinstance(message, CloseSockets):
            for sid in self._connections.of_logins(message.user_id, message.login_ids):
                self._close(sid, "login_ended")
        else:
            sids = self._connections.open_of(message.user_id)
            if sids:
                self._io.emit(message.name, message.payload, to=sids)

    def _keep_checking(self) -> None:
        while not self._stopped.wait(CHECK_INTERVAL_SECONDS):
            try:
                self._close_ended()
            except DomainError as error:
                log.warning("sockets could not be checked: %s", error.detail)
            except Exception:  # the check of all sockets must go on after an error with one
                log.exception("sockets could not be checked")

    def _close_ended(self) -> None:
        """Close sockets whose token or login has ended, also if the channel's message was lost."""
        now = self._application.foundation.system.clock.now()
        connections = self._connections.all()
        self._close_halves(connections)
        for connection in connections:
            if connection.identity.expires_at <= now:
                self._close(connection.sid, "token_expired")
        active = self._application.identity.logins.active_among(
            {each.identity.login_id for each in connections}
        )
        for connection in connections:
            if connection.identity.login_id not in active:
                self._close(connection.sid, "login_ended")

    def _close_halves(self, connections: list[Connection]) -> None:
        """Remove sockets that left during admission, and close Engine.IO connections without a socket."""
        engine_sids = {each.sid: self._server.manager.eio_sid_from_sid(each.sid, "/") for each in connections}
        for sid, engine_sid in engine_sids.items():
            if not self._guard.carries(engine_sid):
                self._connections.remove(sid)
                self._server.manager.disconnect(sid, "/")
        self._guard.close_unclaimed(engine_sids.values())

    def _close(self, sid: str, reason: str) -> None:
        """Send the reason to the client, then disconnect it. If it stays, the guard closes the connection."""
        if self._connections.remove(sid):
            self._io.emit("connection.closed", {"reason": reason}, to=sid)
            self._server.disconnect(sid)

    def _close_engine(self, engine_sid: str, reason: str) -> None:
        """The same for all sockets of an Engine.IO connection, which is closed at once."""
        sid = self._server.manager.sid_from_eio_sid(engine_sid, "/")
        if sid is not None:
            self._close(sid, reason)
        self._guard.end(engine_sid)


def _refusal(error: DomainError) -> ConnectionRefusedError:
    """The refusal, which the client gets as `connect_error` with the detail as its message and the code in
    its data."""
    data: dict[str, Any] = {"code": error.code}
    if isinstance(error, TooManyRequests | Unavailable):
        data["retry_after_seconds"] = error.retry_after_seconds
    return ConnectionRefusedError(error.detail, data)


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid
