"""The audit log: security events of accounts, for the user and for the process log."""

from __future__ import annotations

import logging

from core.domain.errors import Unavailable
from core.domain.identity.audit import Origin, Outcome, SecurityAction, SecurityEvent
from core.domain.mail.addresses import email_key
from core.domain.paging import Page, PageRequest
from ports.cryptography import Signer
from ports.identity import SecurityEventRepository
from ports.system import Clock, Ids

log = logging.getLogger(__name__)

_MAX_USER_AGENT = 300


class AuditLog:
    def __init__(self, events: SecurityEventRepository, signer: Signer, clock: Clock, ids: Ids) -> None:
        self._events = events
        self._signer = signer
        self._clock = clock
        self._ids = ids

    def record(
        self,
        action: SecurityAction,
        outcome: Outcome,
        origin: Origin,
        *,
        user_id: str | None = None,
        email: str | None = None,
        reason: str = "",
    ) -> None:
        """Append one event. `email` is given if there is no account, and stored as a keyed hash.

        An event that cannot be stored is at least logged: the action itself has happened.
        """
        event = SecurityEvent(
            id=self._ids.new(),
            action=action,
            outcome=outcome,
            at=self._clock.now(),
            origin=Origin(origin.address, origin.user_agent[:_MAX_USER_AGENT], origin.request_id),
            user_id=user_id,
            email_hash=None if email is None else self._signer.digest("audited email", email_key(email)),
            reason=reason,
        )
        log.info(
            "security: %s %s",
            action,
            outcome,
            extra={
                "action": action,
                "outcome": outcome,
                "user_id": user_id,
                "email_hash": event.email_hash,
                "address": origin.address,
                "user_agent": event.origin.user_agent,
                "reason": reason,
            },
        )
        try:
            self._events.add(event)
        except Unavailable:
            log.error("the security event %s could not be stored", event.id)

    def page(self, user_id: str, request: PageRequest) -> Page[SecurityEvent]:
        """The user's events, newest first."""
        return self._events.page(user_id, request)
