"""Stored emails, from their cause to their delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.domain.error_codes import ErrorCode
from core.domain.errors import Conflict
from core.domain.json import JsonObject
from core.domain.leases import Lease, LeaseLost

EMAIL_TRIES_FOR = timedelta(hours=24)
"""The time during which transient errors are retried. RFC 5321, 4.5.4.1 asks for days; one is enough here."""
OTP_TRIES_FOR = timedelta(minutes=10)
"""The same for a one-time password, which expires after that."""


class EmailKind(StrEnum):
    OTP = "otp"
    PASSWORD_CHANGED = "password_changed"
    SUSPICIOUS_LOGIN = "suspicious_login"
    WELCOME = "welcome"
    EMAIL_VERIFICATION = "email_verification"
    GENERATION_COMPLETE = "generation_complete"
    EXPORT_READY = "export_ready"
    TEMPLATE_SHARED = "template_shared"

    @property
    def is_security(self) -> bool:
        """Whether it cannot be turned off and is also sent to addresses that have bounced."""
        return self in _SECURITY_EMAILS

    @property
    def is_optional(self) -> bool:
        """Whether the user can turn this kind off."""
        return self in OPTIONAL_EMAILS


_SECURITY_EMAILS = (
    EmailKind.OTP,
    EmailKind.PASSWORD_CHANGED,
    EmailKind.SUSPICIOUS_LOGIN,
    EmailKind.EMAIL_VERIFICATION,
)
OPTIONAL_EMAILS = (EmailKind.GENERATION_COMPLETE, EmailKind.EXPORT_READY, EmailKind.TEMPLATE_SHARED)


class EmailState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Email:
    """One email to one person. Its id is derived from its cause, so that one cause sends one email.

    `context` is the public part of the message (`core.domain.mail.messages`). `sealed_context` is its secret
    part, encrypted; it is removed once the email needs no more sending. `user_id` names the recipient.
    """

    id: str
    kind: EmailKind
    to_email: str
    to_name: str
    context: JsonObject
    created_at: datetime
    run_after: datetime
    user_id: str | None = None
    sealed_context: str | None = None
    state: EmailState = EmailState.QUEUED
    attempts: int = 0
    lease: Lease | None = None
    last_error: str | None = None
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    tried_since: datetime | None = None
    version: int = 1

    @property
    def due_at(self) -> datetime | None:
        """The time from which a worker may take the email, or None if it does not have to be sent."""
        if self.state is EmailState.QUEUED:
            return self.run_after
        if self.state is EmailState.SENDING and self.lease is not None:
            return self.lease.ends_at
        return None

    def is_due(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now

    def leased(self, owner: str, now: datetime, lifetime: timedelta) -> Email:
        """The email with a worker's lease. Raises LeaseLost if it is not due."""
        if not self.is_due(now):
            raise LeaseLost
        attempt = self.attempts + 1
        return replace(
            self,
            state=EmailState.SENDING,
            attempts=attempt,
            lease=Lease(owner, attempt, now, now + lifetime),
            updated_at=now,
        )

    def sent(self, now: datetime) -> Email:
        return self._closed(EmailState.SENT, now, sent_at=now)

    def failed(self, error: str, now: datetime) -> Email:
        return self._closed(EmailState.FAILED, now, last_error=error)

    def _closed(self, state: EmailState, now: datetime, **changes: Any) -> Email:
        return replace(self, state=state, lease=None, sealed_context=None, updated_at=now, **changes)

    def postponed(self, error: str, run_after: datetime, now: datetime) -> Email:
        """The email back in the outbox after a transient error."""
        return replace(
            self, state=EmailState.QUEUED, lease=None, last_error=error, run_after=run_after, updated_at=now
        )

    def may_be_tried_at(self, moment: datetime) -> bool:
        tries_for = OTP_TRIES_FOR if self.kind is EmailKind.OTP else EMAIL_TRIES_FOR
        return moment < (self.tried_since or self.created_at) + tries_for

    def requeued(self, now: datetime) -> Email:
        """The email queued once more by an operator, with a day for retries.

        Raises Conflict: `mail_in_progress` while it is queued or being sent, `mail_not_resendable` if its
        secret content has been removed.
        """
        if self.state in (EmailState.QUEUED, EmailState.SENDING):
            raise Conflict("The email is already queued or being sent.", code=ErrorCode.MAIL_IN_PROGRESS)
        if self.kind is EmailKind.OTP:
            raise Conflict("A one-time password cannot be sent again.", code=ErrorCode.MAIL_NOT_RESENDABLE)
        return replace(
            self, state=EmailState.QUEUED, lease=None, run_after=now, updated_at=now, tried_since=now
        )

    def reported(self, state: EmailState, detail: str | None, now: datetime) -> Email:
        """The email with a relay's report. Reports arrive in any order, so a report of a lower rank does not
        replace one of a higher rank: complaint, bounce, delivery."""
        if _RANK[state] <= _RANK[self.state]:
            return self
        return self._closed(state, now, last_error=detail)


_RANK = {
    EmailState.QUEUED: 0,
    EmailState.SENDING: 0,
    EmailState.FAILED: 0,
    EmailState.SENT: 1,
    EmailState.DELIVERED: 2,
    EmailState.BOUNCED: 3,
    EmailState.COMPLAINED: 4,
}


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """The subject (one line), and the content as text and as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """The input of a transport. `headers` are additional headers, such as List-Unsubscribe.

    `message_id` is the value of the header, with its angle brackets; it contains the email's id.
    """

    mail_id: str
    message_id: str
    to_email: str
    to_name: str
    rendered: RenderedEmail
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """A relay's report on an email. `is_permanent` distinguishes a hard bounce from a soft one.

    `mail_id` is None if the report does not identify the email.
    """

    mail_id: str | None
    email: str
    state: EmailState
    is_permanent: bool
    detail: str
    at: datetime


class EmailNotSent(Exception):
    """The transport could not send the email. A transient error can be retried."""

    def __init__(self, detail: str, *, is_transient: bool) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_transient = is_transient


class ForgedReport(Exception):
    """A delivery report does not have a valid signature of the relay."""
