"""The outbox: emails are stored when they are caused, and sent by a worker."""

from __future__ import annotations

import json
import logging
from datetime import datetime

from core.domain.errors import AlreadyExists, NotFound, Unavailable
from core.domain.mail.emails import Email, EmailState
from core.domain.mail.messages import EmailMessage
from core.domain.mail.recipients import Recipient
from core.domain.paging import Page, PageRequest
from core.services.saving import save_with_retry
from ports.cryptography import Cipher
from ports.mail import EmailRepository
from ports.queue import Priority, Work, WorkQueue
from ports.system import Clock, Ids

log = logging.getLogger(__name__)


def hint_priority(email: Email) -> Priority:
    """People wait for security emails, such as one-time passwords."""
    return Priority.INTERACTIVE if email.kind.is_security else Priority.BULK


class OutboxService:
    def __init__(
        self, emails: EmailRepository, queue: WorkQueue, cipher: Cipher, clock: Clock, ids: Ids
    ) -> None:
        self._emails = emails
        self._queue = queue
        self._cipher = cipher
        self._clock = clock
        self._ids = ids

    def post(self, message: EmailMessage, to: Recipient, *, cause: str, caused_at: datetime) -> None:
        """Store an email to the recipient, once per `cause`, unless the recipient has turned its kind off."""
        if message.kind in to.muted:
            return
        now = self._clock.now()
        secret = message.secret_json()
        email = Email(
            id=self._ids.derived(f"{message.kind} {cause}", at=caused_at),
            kind=message.kind,
            to_email=to.email,
            to_name=to.name,
            context=message.public_json(),
            created_at=now,
            run_after=now,
            user_id=to.id,
            sealed_context=self._cipher.encrypt(json.dumps(secret)) if secret else None,
            updated_at=now,
        )
        try:
            self._emails.add(email)
        except AlreadyExists:
            return
        self._hint(email)

    def _hint(self, email: Email) -> None:
        try:
            self._queue.hint(Work.MAIL, email.id, hint_priority(email))
        except Unavailable:
            log.warning("email %s waits in the outbox: the queue is unavailable", email.id)

    def get(self, email_id: str) -> Email:
        """For operators. Raises NotFound."""
        email = self._emails.get(email_id)
        if email is None:
            raise NotFound("mail")
        return email

    def page(self, states: tuple[EmailState, ...], request: PageRequest) -> Page[Email]:
        """For operators: all emails in these states, newest first."""
        return self._emails.page(states, request)

    def resend(self, email_id: str) -> Email:
        """For operators: send the email once more. Raises NotFound, Conflict."""

        def requeued(email: Email) -> Email:
            return email.requeued(self._clock.now())

        email = save_with_retry(lambda: self.get(email_id), requeued, self._emails.save)
        self._hint(email)
        return email

    def sweep(self, limit: int = 20) -> int:
        """Queue hints for due emails: a hint was lost, a sender died, or a wait has ended."""
        if self._queue.waiting(Work.MAIL) >= limit:
            return 0
        due = self._emails.due(self._clock.now(), limit)
        for email in due:
            self._queue.hint(Work.MAIL, email.id, hint_priority(email))
        return len(due)
