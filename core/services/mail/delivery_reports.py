"""Processing of delivery reports from relays."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.mail.addresses import email_key
from core.domain.mail.emails import DeliveryEvent, Email, EmailState
from core.services.saving import save_with_retry
from ports.mail import EmailRepository, SuppressionRepository
from ports.system import Clock

_SUPPRESSING = (EmailState.BOUNCED, EmailState.COMPLAINED)


class DeliveryReportService:
    def __init__(self, mails: EmailRepository, suppressions: SuppressionRepository, clock: Clock) -> None:
        self._mails = mails
        self._suppressions = suppressions
        self._clock = clock

    def take(self, events: Sequence[DeliveryEvent]) -> None:
        """Record each event in its email. Suppress addresses that bounced permanently or complained.

        The same report may arrive any number of times.
        """
        for event in events:
            if event.state in _SUPPRESSING and event.is_permanent:
                self._suppressions.add(email_key(event.email), event.detail, event.at)
            if event.mail_id is not None:
                self._note(event.mail_id, event)

    def _note(self, mail_id: str, event: DeliveryEvent) -> None:
        mail = self._mails.get(mail_id)
        if mail is None or email_key(mail.to_email) != email_key(event.email):
            return

        def load() -> Email:
            return self._mails.get(mail_id) or mail

        def reported(current: Email) -> Email:
            return current.reported(event.state, event.detail or None, self._clock.now())

        save_with_retry(load, reported, self._mails.save)
