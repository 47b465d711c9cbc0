"""Sending of emails from the outbox."""

from __future__ import annotations

import logging
from datetime import timedelta

from core.domain.errors import Unavailable, VersionConflict
from core.domain.leases import LeaseLost
from core.domain.mail.addresses import known_email_keys
from core.domain.mail.emails import Email, EmailNotSent, EmailState
from core.domain.retries import RetryPolicy
from core.services.mail.composer import EmailComposer
from core.services.mail.outbox import hint_priority
from ports.mail import EmailRepository, EmailTransport, SuppressionRepository
from ports.queue import Work, WorkQueue
from ports.system import System

log = logging.getLogger(__name__)

_LEASE = timedelta(minutes=2)
_BACKOFF = RetryPolicy(base_delay=timedelta(seconds=5), max_delay=timedelta(hours=1))


class EmailSender:
    """Sends emails for one worker process, whose name is `owner`."""

    def __init__(
        self,
        emails: EmailRepository,
        suppressions: SuppressionRepository,
        composer: EmailComposer,
        transport: EmailTransport,
        queue: WorkQueue,
        system: System,
        owner: str,
    ) -> None:
        self._emails = emails
        self._suppressions = suppressions
        self._composer = composer
        self._transport = transport
        self._queue = queue
        self._clock = system.clock
        self._randomness = system.randomness
        self._owner = owner

    def send_now(self, mail_id: str) -> None:
        """Send the email if it is due, else the one that has waited longest; queue a hint for the next one.

        One at a time, so that an urgent email does not wait for others. No hint follows an email that has to
        wait: otherwise a server that does not answer would cost one timeout per email. The sweep takes care
        of the rest.
        """
        email = self._emails.get(mail_id)
        if email is None or not email.is_due(self._clock.now()):
            email = self._next()
        if email is not None and self._send(email):
            self._hint_next()

    def _next(self) -> Email | None:
        return next(iter(self._emails.due(self._clock.now(), 1)), None)

    def _hint_next(self) -> None:
        email = self._next()
        if email is None:
            return
        try:
            self._queue.hint(Work.MAIL, email.id, hint_priority(email))
        except Unavailable as error:
            log.warning("emails that are due wait for the sweep: %s", error.detail)

    def _send(self, due: Email) -> bool:
        """Send one email; return False if it has to wait, which means that the server accepts none for now.

        Nothing happens if another worker is faster.
        """
        try:
            mail = self._emails.save(due.leased(self._owner, self._clock.now(), _LEASE))
        except (LeaseLost, VersionConflict):
            return True
        outcome = self._outcome(mail)
        try:
            self._emails.save(outcome)
        except VersionConflict:
            log.info("email %s got a delivery report while being sent", mail.id, extra={"mail_id": mail.id})
        return outcome.state is not EmailState.QUEUED

    def _outcome(self, mail: Email) -> Email:
        """Send the email over the transport; return its new state."""
        if not mail.kind.is_security and self._is_suppressed(mail.to_email):
            return mail.failed("The address has bounced or complained before.", self._clock.now())
        try:
            self._transport.send(self._composer.envelope(mail))
        except EmailNotSent as error:
            return self._after_failure(mail, error)
        except Unavailable:
            raise
        except Exception:  # an email that cannot be rendered must not stop the others
            log.exception("email %s cannot be sent", mail.id, extra={"mail_id": mail.id})
            return mail.failed("The email could not be rendered.", self._clock.now())
        log.info("email %s is sent", mail.id, extra={"mail_id": mail.id, "kind": mail.kind})
        return mail.sent(self._clock.now())

    def _is_suppressed(self, address: str) -> bool:
        return any(self._suppressions.contains(key) for key in known_email_keys(address))

    def _after_failure(self, mail: Email, error: EmailNotSent) -> Email:
        now = self._clock.now()
        again_at = now + _BACKOFF.delay(mail.attempts, self._randomness.fraction())
        log.warning("email %s is not sent: %s", mail.id, error.detail, extra={"mail_id": mail.id})
        if error.is_transient and mail.may_be_tried_at(again_at):
            return mail.postponed(error.detail, again_at, now)
        return mail.failed(error.detail, now)
