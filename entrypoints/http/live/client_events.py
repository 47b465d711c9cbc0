"""Events that a client sends over its socket.

Every event gets an answer: the result, or an `error` with a stable `code` and a `detail`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.domain.error_codes import ErrorCode
from core.domain.errors import DomainError, Invalid, NotAuthenticated
from core.domain.identity.logins import Identity
from entrypoints.http.live.connections import Connections
from entrypoints.wiring.application import Application

Payload = Mapping[str, Any]
Answer = dict[str, Any]

_MAX_TEXT_LENGTH = 4096


class ClientEvents:
    def __init__(self, application: Application, connections: Connections) -> None:
        self._application = application
        self._connections = connections
        self._handlers: dict[str, Callable[[str, Identity, Payload], Answer]] = {
            "job.watch": self._watch_job,
            "notifications.since": self._notifications_since,
            "auth.refresh": self._refresh,
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._handlers)

    def handler(self, name: str, current_sid: Callable[[], str]) -> Callable[..., Answer | None]:
        """The handler of an event, which answers connected clients only."""

        def answer(payload: Any = None, *_: Any) -> Answer | None:
            sid = current_sid()
            connection = self._connections.get(sid)
            if connection is None:
                return None
            try:
                if not isinstance(payload, dict):
                    raise Invalid("The payload must be an object.")
                return self._handlers[name](sid, connection.identity, payload)
            except DomainError as error:
                return {"error": {"code": error.code, "detail": error.detail}}

        return answer

    def _watch_job(self, sid: str, identity: Identity, payload: Payload) -> Answer:
        job = self._application.jobs.service.get(identity.user_id, _text(payload, "job_id"))
        return self._application.foundation.client_json.job(job)

    def _notifications_since(self, sid: str, identity: Identity, payload: Payload) -> Answer:
        """Notifications after that id, oldest first, or all of them for an empty id."""
        to_json = self._application.foundation.client_json.notification
        after = self._application.live.notifications.after(identity.user_id, _text(payload, "id"))
        return {"items": [to_json(notification) for notification in after]}

    def _refresh(self, sid: str, identity: Identity, payload: Payload) -> Answer:
        renewed = self._application.identity.logins.authenticate(_text(payload, "token"))
        if not self._connections.renew(sid, renewed):
            raise NotAuthenticated("The token belongs to another user.")
        return {"ok": True}


def unknown_event(name: str, *_: Any) -> Answer:
    return {"error": {"code": ErrorCode.UNKNOWN_EVENT, "detail": f"There is no event {name[:50]!r}."}}


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or len(value) > _MAX_TEXT_LENGTH or not value.isascii():
        raise Invalid(f"`{name}` must be a string.")
    return value
