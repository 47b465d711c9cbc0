"""The outbox of mails, and the ways out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.mail.emails import DeliveryEvent, Email, EmailState, Envelope, RenderedEmail
from core.domain.mail.messages import EmailMessage
from core.domain.paging import Page, PageRequest


class EmailRepository(Protocol):
    """A store of mails; the rules in `ports` hold."""

    def add(self, mail: Email) -> None: ...

    def get(self, mail_id: str) -> Email | None: ...

    def save(self, mail: Email) -> Email: ...

    def due(self, now: datetime, limit: int) -> Sequence[Email]:
        """Mails that a worker may take: queued with `run_after` reached, or sending with an ended lease.

        Longest waiting first.
        """

    def page(self, states: Sequence[EmailState], request: PageRequest) -> Page[Email]:
        """All mails in any of the states (all states if empty), newest first. The key is (id,)."""


class SuppressionRepository(Protocol):
    """Addresses that are not mailed again, by email key."""

    def add(self, email_key: str, reason: str, now: datetime) -> None:
        """Nothing happens if it is there already."""

    def contains(self, email_key: str) -> bool: ...


class EmailRenderer(Protocol):
    def render(self, message: EmailMessage, full_name: str, unsubscribe_url: str | None) -> RenderedEmail:
        """The words of the email. Whatever users typed is escaped where it must be."""


class EmailTransport(Protocol):
    def send(self, envelope: Envelope) -> None:
        """Hand the mail over. Raises MailNotSent."""

    def close(self) -> None:
        """Give up pooled connections."""


class DeliveryReports(Protocol):
    """The reports that one relay posts to us."""

    def read(self, body: bytes, headers: Mapping[str, str]) -> Sequence[DeliveryEvent]:
        """The events in a report; those that say nothing of interest are left out.

        `headers` are looked up without case. Raises ForgedReport if the signature is not the relay's,
        core.domain.errors.Malformed if it is but the content cannot be understood.
        """
