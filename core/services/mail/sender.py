"""Sending what the outbox holds."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta

from core.domain.errors import Unavailable, VersionConflict
from core.domain.leases import LeaseLost
from core.domain.mail.addresses import email_key
from core.domain.mail.emails import Email, EmailNotSent, EmailState, Envelope
from core.domain.retries import RetryPolicy
from core.services.identity.email_preferences import EmailPreferenceService
from ports.cryptography import Vault
from ports.mail import EmailRenderer, EmailRepository, EmailTransport, SuppressionRepository
from ports.queue import Priority, Work, WorkQueue
from ports.system import Clock, Randomness

log = logging.getLogger(__name__)

_LEASE = timedelta(minutes=2)
_SLICE = 25
"""After so many mails other work gets its turn."""
_BACKOFF = RetryPolicy(base_delay=timedelta(seconds=5), max_delay=timedelta(hours=1))


class EmailSender:
    """Sends mails for one worker process, whose name is `owner`; `host` is the right half of Message-IDs."""

    def __init__(
        self,
        mails: EmailRepository,
        suppressions: SuppressionRepository,
        renderer: EmailRenderer,
        transport: EmailTransport,
        unsubscribing: EmailPreferenceService,
        queue: WorkQueue,
        vault: Vault,
        clock: Clock,
        chance: Randomness,
        owner: str,
        host: str,
    ) -> None:
        self._mails = mails
        self._suppressions = suppressions
        self._renderer = renderer
        self._transport = transport
        self._unsubscribing = unsubscribing
        self._queue = queue
        self._vault = vault
        self._clock = clock
        self._chance = chance
        self._owner = owner
        self._host = host

    def send_now(self, mail_id: str) -> None:
        """Send that mail if it is due, then a slice of the others that are; the rest is hinted at again.

        It ends with the first mail that has to wait: a server that does not answer must not keep this
        thread from other work, for as many timeouts as there are mails. The sweeper sees to the rest.
        """
        mail = self._mails.get(mail_id)
        if mail is not None and mail.is_due(self._clock.now()) and not self._send(mail):
            return
        due = self._mails.due(self._clock.now(), _SLICE)
        if all(self._send(other) for other in due) and len(due) == _SLICE:
            self._queue.hint(Work.MAIL, due[-1].id, Priority.BULK)

    def _send(self, due: Email) -> bool:
        """Whether the server takes mails, as far as is known.

        Nothing happens if another worker is faster.
        """
        try:
            mail = self._mails.save(due.leased(self._owner, self._clock.now(), _LEASE))
        except (LeaseLost, VersionConflict):
            return True
        outcome = self._outcome(mail)
        try:
            self._mails.save(outcome)
        except VersionConflict:
            log.info("mail %s was reported on while it was sent", mail.id, extra={"mail_id": mail.id})
        return outcome.state is not EmailState.QUEUED

    def _outcome(self, mail: Email) -> Email:
        """Hand the mail to the transport; the mail as it is afterwards."""
        if not mail.kind.is_security and self._suppressions.contains(email_key(mail.to_email)):
            return mail.failed("The address has bounced or complained before.", self._clock.now())
        try:
            self._transport.send(self._envelope(mail))
        except EmailNotSent as error:
            return self._after_failure(mail, error)
        except Unavailable:
            raise
        except Exception:  # a mail that cannot be rendered must not stop the others
            log.exception("mail %s cannot be sent", mail.id, extra={"mail_id": mail.id})
            return mail.failed("The mail could not be made.", self._clock.now())
        log.info("mail %s is sent", mail.id, extra={"mail_id": mail.id, "kind": mail.kind})
        return mail.sent(self._clock.now())

    def _after_failure(self, mail: Email, error: EmailNotSent) -> Email:
        now = self._clock.now()
        again_at = now + _BACKOFF.delay(mail.attempts, self._chance.fraction())
        log.warning("mail %s is not sent: %s", mail.id, error.detail, extra={"mail_id": mail.id})
        if error.is_transient and mail.may_be_tried_at(again_at):
            return mail.postponed(error.detail, again_at, now)
        return mail.failed(error.detail, now)

    def _envelope(self, mail: Email) -> Envelope:
        context = dict(mail.context)
        if mail.sealed_context is not None:
            context.update(json.loads(self._vault.unseal(mail.sealed_context) or "{}"))
        headers: Mapping[str, str] = {}
        if mail.user_id is not None and not mail.kind.is_security:
            link = self._unsubscribing.link(mail.user_id, mail.kind)
            context["unsubscribe_url"] = link
            headers = {
                "List-Unsubscribe": f"<{link}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        return Envelope(
            mail_id=mail.id,
            message_id=f"<{mail.id}@{self._host}>",
            to_email=mail.to_email,
            to_name=mail.to_name,
            rendered=self._renderer.render(mail.kind, context),
            headers=headers,
        )
