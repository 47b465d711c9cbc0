"""Repositories, rendering, transport and delivery reports of emails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.mail.emails import DeliveryEvent, Email, EmailState, Envelope, RenderedEmail
from core.domain.mail.messages import EmailMessage
from core.domain.paging import Page, PageRequest


class EmailRepository(Protocol):
    """The outbox. The rules in `ports` apply."""

    def add(self, mail: Email) -> None: ...

    def get(self, mail_id: str) -> Email | None: ...

    def save(self, mail: Email) -> Email: ...

    def due(self, now: datetime, limit: int) -> Sequence[Email]:
        """Emails that a worker may take: queued with `run_after` reached, or sending with an expired lease.

        Longest waiting first.
        """

    def page(self, states: Sequence[EmailState], request: PageRequest) -> Page[Email]:
        """Emails in any of the states (all states if empty), newest first. The key is (id,)."""


class SuppressionRepository(Protocol):
    """Addresses that get no more optional emails, by email key."""

    def add(self, email_key: str, reason: str, now: datetime) -> None:
        """Add the address. It may exist already."""

    def contains(self, email_key: str) -> bool: ...


class EmailRenderer(Protocol):
    def render(self, message: EmailMessage, full_name: str, unsubscribe_url: str | None) -> RenderedEmail:
        """The text and HTML of the email. User input is escaped."""


class EmailTransport(Protocol):
    def send(self, envelope: Envelope) -> None:
        """Send the email. Raises EmailNotSent."""

    def close(self) -> None:
        """Close pooled connections."""


class DeliveryReports(Protocol):
    """The reader of one relay's delivery reports."""

    def read(self, body: bytes, headers: Mapping[str, str]) -> Sequence[DeliveryEvent]:
        """The events in a report. Irrelevant ones are left out.

        `headers` are looked up without case. Raises ForgedReport if the signature is not the relay's, and
        core.domain.errors.Malformed if it is valid but the content cannot be parsed.
        """
