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

from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO, join_room

from core.domain.accounts import Identity
from core.domain.errors import DomainError, Invalid, NotAuthenticated
from core.services.representations import job_body, notification_body
from entrypoints.bootstrap import Application
from entrypoints.http.connections import Connections
from entrypoints.http.cookies import ACCESS_COOKIE
from ports.channel import LiveEvent

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES = 64 * 1024
CHECK_INTERVAL_SECONDS = 2.0

Ack = dict[str, Any]


class Sockets:
    """The Socket.IO server of one process."""

    def __init__(self, app: Flask, application: Application, async_mode: str) -> None:
        settings = application.settings
        self._application = application
        self._connections = Connections(
            settings.max_sockets_per_user, settings.max_sockets_per_address, time.monotonic
        )
        self._stopped = threading.Event()
        self._end_listening: Callable[[], None] = lambda: None
        self.server = SocketIO(
            app,
            async_mode=async_mode,
            cors_allowed_origins=self._is_allowed_origin,
            max_http_buffer_size=MAX_PAYLOAD_BYTES,
            manage_session=False,
            logger=False,
            engineio_logger=False,
        )
        self._register()

    def start(self) -> None:
        """Begin to pass events on, and to close what may not stay open."""
        self._end_listening = self._application.channel.listen(self._receive)
        threading.Thread(target=self._keep_checking, name="socket check", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._end_listening()

    def _is_allowed_origin(self, origin: str, environ: dict[str, Any]) -> bool:
        """Browsers name the page that connects: it must be one of ours, or on the list."""
        settings = self._application.settings
        here = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        return origin in (here, settings.public_url, *settings.allowed_origins)

    def _register(self) -> None:
        on = self.server.on
        on("connect")(self._connect)
        on("disconnect")(self._disconnect)
        on("job.watch")(self._answering(self._watch_job))
        on("notifications.since")(self._answering(self._notifications_since))
        on("auth.refresh")(self._answering(self._refresh))
        on("*")(self._unknown)
        self.server.on_error_default(self._failed)

    def _connect(self, auth: Any = None) -> None:
        address = request.remote_addr or ""
        try:
            self._limit_connecting(address)
            identity = self._authenticated(auth)
            self._connections.add(_sid(), identity, address)
            unread = self._application.notifications.unread_count(identity.user_id)
        except DomainError as error:
            self._connections.remove(_sid())
            raise ConnectionRefusedError(error.detail, {"code": error.code}) from error
        join_room(_room(identity.user_id))
        self.server.emit("ready", {"user_id": identity.user_id, "unread_count": unread}, to=_sid())

    def _limit_connecting(self, address: str) -> None:
        verdict = self._application.limiter.hit(self._application.settings.limits.connect, "connect", address)
        if not verdict.is_allowed:
            raise Invalid("Too many connections at once.", code="rate_limited")

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
        """A handler of a client's event: within the limit, for who is connected, with an answer always."""

        @wraps(handle)
        def answer(payload: Any = None, *_: Any) -> Ack | None:
            sid = _sid()
            if not self._connections.may_send(sid):
                self._close(sid, "too_many_events")
                return None
            connection = self._connections.get(sid)
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
        connection = self._connections.get(_sid())
        if connection is None or renewed.user_id != identity.user_id:
            raise NotAuthenticated("The token is another user's.")
        connection.identity = renewed
        return {"ok": True}

    def _unknown(self, event: str, *_: Any) -> Ack | None:
        if not self._connections.may_send(_sid()):
            self._close(_sid(), "too_many_events")
            return None
        return {"error": {"code": "unknown_event", "detail": f"There is no event {event[:50]!r}."}}

    def _failed(self, error: Exception) -> Ack:
        log.error("a socket's event failed", exc_info=error)
        return {"error": {"code": "internal_error", "detail": "Something went wrong on our side."}}

    def _receive(self, event: LiveEvent) -> None:
        if event.name == "login.ended":
            for sid in self._connections.of_login(event.user_id, event.payload.get("login_id")):
                self._close(sid, "login_ended")
        else:
            self.server.emit(event.name, event.payload, to=_room(event.user_id))

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
        connections = self._connections.all()
        active = self._application.logins.active_among({each.identity.login_id for each in connections})
        now = self._application.clock.now()
        for connection in connections:
            if connection.identity.login_id not in active:
                self._close(connection.sid, "login_ended")
            elif connection.identity.expires_at <= now:
                self._close(connection.sid, "token_expired")

    def _close(self, sid: str, reason: str) -> None:
        """Tell the client why, then disconnect it."""
        self._connections.remove(sid)
        self.server.emit("connection.closed", {"reason": reason}, to=sid)
        self.server.server.disconnect(sid)


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid


def _room(user_id: str) -> str:
    return f"user {user_id}"


def _text(payload: dict[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or len(value) > 4096 or not value.isascii():
        raise Invalid(f"`{name}` must be a string.")
    return value
