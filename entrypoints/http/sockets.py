"""Socket.IO: what happens, at the moment at which it happens, to whom it concerns.

Each process serves its own sockets; the event channel brings every event to every process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import socketio
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO

from core.domain.accounts import Identity
from core.domain.errors import DomainError, Invalid, NotAuthenticated, TooManyRequests, Unavailable
from core.services.representations import job_body, notification_body
from entrypoints.bootstrap import Application
from entrypoints.http.connections import Connections
from entrypoints.http.cookies import ACCESS_COOKIE
from entrypoints.http.engine import MAX_PAYLOAD_BYTES, ClientPacket, EngineGuard, SocketManager
from entrypoints.http.web_sockets import use_bounded_web_sockets
from ports.channel import LiveEvent

log = logging.getLogger(__name__)

CHECK_INTERVAL_SECONDS = 2.0

Ack = dict[str, Any]

_INTERNAL = {"code": "internal_error", "detail": "Something went wrong on our side."}


class Sockets:
    """The Socket.IO server of one process.

    Long-polling needs all requests of a client to come to the same process: where several share one port
    (`is_sharing_port`), WebSocket is the only transport.
    """

    def __init__(
        self, app: Flask, application: Application, async_mode: str, *, is_sharing_port: bool = False
    ) -> None:
        settings = application.settings
        self._application = application
        self._connections = Connections(settings.max_sockets_per_user, settings.max_sockets_per_address)
        self._stopped = threading.Event()
        self._end_listening: Callable[[], None] = lambda: None
        self._io = SocketIO(
            app,
            async_mode=async_mode,
            # A client's events one after the other, in its own thread: it can only hold up itself.
            async_handlers=False,
            client_manager=SocketManager(self._welcome),
            serializer=ClientPacket,
            transports=["websocket"] if is_sharing_port else ["polling", "websocket"],
            cors_allowed_origins=self._is_allowed_origin,
            max_http_buffer_size=MAX_PAYLOAD_BYTES,
            manage_session=False,
            logger=False,
            engineio_logger=False,
        )
        self._server: socketio.Server = self._io.server
        use_bounded_web_sockets(self._server)
        self._guard = EngineGuard(self._server, self._close_engine, time.monotonic)
        self._register()

    def start(self) -> None:
        """Begin to pass events on, and to close what may not stay open."""
        self._end_listening = self._application.channel.listen(self._receive)
        threading.Thread(target=self._keep_checking, name="socket check", daemon=True).start()

    def stop(self) -> None:
        """Send the clients away. They are told nothing but that the connection has ended, so that they come
        back by themselves: to another process, or to the next one."""
        self._stopped.set()
        self._end_listening()
        self._guard.end_all()

    def _is_allowed_origin(self, origin: str, environ: dict[str, Any]) -> bool:
        """Browsers name the page that connects: it must be one of ours, or on the list."""
        settings = self._application.settings
        here = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        return origin in (here, settings.public_url, *settings.allowed_origins)

    def _register(self) -> None:
        on = self._io.on
        on("connect")(self._connect)
        on("disconnect")(self._disconnect)
        on("job.watch")(self._answering(self._watch_job))
        on("notifications.since")(self._answering(self._notifications_since))
        on("auth.refresh")(self._answering(self._refresh))
        on("*")(self._unknown)
        self._io.on_error_default(self._failed)

    def _connect(self, auth: Any = None) -> None:
        address = request.remote_addr or ""
        try:
            self._limit_connecting(address)
            self._connections.add(_sid(), self._authenticated(auth), address)
        except DomainError as error:
            raise _refusal(error) from error

    def _welcome(self, sid: str) -> None:
        """The client has been told that it is connected: from now on it hears of what happens."""
        connection = self._connections.open(sid)
        if connection is None:  # its login ended at this very moment
            self._server.disconnect(sid)
            return
        user_id = connection.identity.user_id
        try:
            unread = self._application.notifications.unread_count(user_id)
        except DomainError as error:
            self._close(sid, error.code)
            return
        self._io.emit("ready", {"user_id": user_id, "unread_count": unread}, to=sid)

    def _limit_connecting(self, address: str) -> None:
        verdict = self._application.limiter.hit(self._application.settings.limits.connect, "connect", address)
        if not verdict.is_allowed:
            raise TooManyRequests(
                "Too many connections at once.",
                retry_after_seconds=verdict.reset_seconds,
                code="rate_limited",
            )

    def _authenticated(self, auth: Any) -> Identity:
        """By the token that the client sends, or else by the cookie; its Origin has been checked."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is None:
            token = request.cookies.get(ACCESS_COOKIE)
        if not isinstance(token, str):
            raise NotAuthenticated("Connect with `auth: {token}`.")
        return self._application.logins.authenticate(token)

    def _disconnect(self, *_: Any) -> None:
        self._connections.remove(_sid())

    def _answering(self, handle: Callable[[Identity, dict[str, Any]], Ack]) -> Callable[..., Ack | None]:
        """A handler of a client's event: for who is connected, with an answer always."""

        @wraps(handle)
        def answer(payload: Any = None, *_: Any) -> Ack | None:
            connection = self._connections.get(_sid())
            if connection is None:
                return None
            try:
                if not isinstance(payload, dict):
                    raise Invalid("The payload must be an object.")
                return handle(connection.identity, payload)
            except DomainError as error:
                return {"error": {"code": error.code, "detail": error.detail}}

        return answer

    def _watch_job(self, identity: Identity, payload: dict[str, Any]) -> Ack:
        return dict(job_body(self._application.jobs.get(identity.user_id, _text(payload, "job_id"))))

    def _notifications_since(self, identity: Identity, payload: dict[str, Any]) -> Ack:
        after = self._application.notifications.after(identity.user_id, _text(payload, "id"))
        return {"items": [notification_body(notification) for notification in after]}

    def _refresh(self, identity: Identity, payload: dict[str, Any]) -> Ack:
        renewed = self._application.logins.authenticate(_text(payload, "token"))
        if not self._connections.renew(_sid(), renewed):
            raise NotAuthenticated("The token is another user's.")
        return {"ok": True}

    def _unknown(self, event: str, *_: Any) -> Ack:
        return {"error": {"code": "unknown_event", "detail": f"There is no event {event[:50]!r}."}}

    def _failed(self, error: Exception) -> Ack:
        log.error("a socket's event failed", exc_info=error)
        if request.event["message"] == "connect":  # type: ignore[attr-defined]
            raise ConnectionRefusedError(_INTERNAL["detail"], {"code": _INTERNAL["code"]})
        return {"error": _INTERNAL}

    def _receive(self, event: LiveEvent) -> None:
        if event.name == "login.ended":
            for sid in self._connections.of_login(event.user_id, event.payload.get("login_id")):
                self._close(sid, "login_ended")
        else:
            sids = self._connections.open_of(event.user_id)
            if sids:
                self._io.emit(event.name, event.payload, to=sids)

    def _keep_checking(self) -> None:
        while not self._stopped.wait(CHECK_INTERVAL_SECONDS):
            try:
                self._close_ended()
            except DomainError as error:
                log.warning("sockets could not be checked: %s", error.detail)
            except Exception:  # the check guards all sockets, and must outlive trouble with one
                log.exception("sockets could not be checked")

    def _close_ended(self) -> None:
        """Close sockets whose token or login has ended; also those of which the channel brought no word."""
        now = self._application.clock.now()
        connections = self._connections.all()
        engine_sid = self._server.manager.eio_sid_from_sid
        self._guard.close_unclaimed({engine_sid(each.sid, "/") for each in connections})
        for connection in connections:
            if connection.identity.expires_at <= now:
                self._close(connection.sid, "token_expired")
        active = self._application.logins.active_among({each.identity.login_id for each in connections})
        for connection in connections:
            if connection.identity.login_id not in active:
                self._close(connection.sid, "login_ended")

    def _close(self, sid: str, reason: str) -> None:
        """Tell the client why, then disconnect it. One that does not go then is shown out by the guard."""
        if self._connections.remove(sid):
            self._io.emit("connection.closed", {"reason": reason}, to=sid)
            self._server.disconnect(sid)

    def _close_engine(self, engine_sid: str, reason: str) -> None:
        """The same for what came in over that Engine.IO connection, at once."""
        sid = self._server.manager.sid_from_eio_sid(engine_sid, "/")
        if sid is not None:
            self._close(sid, reason)
        self._guard.end(engine_sid)


def _refusal(error: DomainError) -> ConnectionRefusedError:
    """The client gets `connect_error`, with the detail as its message and these data."""
    data: dict[str, Any] = {"code": error.code}
    if isinstance(error, TooManyRequests | Unavailable):
        data["retry_after_seconds"] = error.retry_after_seconds
    return ConnectionRefusedError(error.detail, data)


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid


def _text(payload: dict[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or len(value) > 4096 or not value.isascii():
        raise Invalid(f"`{name}` must be a string.")
    return value
