"""The outbox: mails are written down with the act that causes them, and sent by a worker."""

from __future__ import annotations

import json
import logging
from datetime import datetime

from core.domain.errors import AlreadyExists, NotFound, Unavailable
from core.domain.identity.users import User
from core.domain.json import JsonObject
from core.domain.mail.emails import Email, EmailKind, EmailState
from core.domain.paging import Page, PageRequest
from core.services.saving import save_with_retry
from ports.cryptography import Vault
from ports.mail import EmailRepository
from ports.queue import Priority, Work, WorkQueue
from ports.system import Clock, Ids

log = logging.getLogger(__name__)


class OutboxService:
    def __init__(
        self, mails: EmailRepository, queue: WorkQueue, vault: Vault, clock: Clock, ids: Ids
    ) -> None:
        self._mails = mails
        self._queue = queue
        self._vault = vault
        self._clock = clock
        self._ids = ids

    def post(
        self,
        kind: EmailKind,
        user: User,
        context: JsonObject,
        *,
        cause: str,
        caused_at: datetime,
        secret_context: JsonObject | None = None,
    ) -> None:
        """A mail to the user, once for each `cause`, unless the user has turned this kind off.

        `secret_context` is what the template shows but the store must not: it is kept encrypted
        until the mail has left.
        """
        if kind in user.muted_mail:
            return
        now = self._clock.now()
        mail = Email(
            id=self._ids.derived(f"{kind} {cause}", at=caused_at),
            kind=kind,
            to_email=user.email,
            to_name=user.full_name,
            context={"full_name": user.full_name, **context},
            created_at=now,
            run_after=now,
            user_id=user.id,
            sealed_context=None if secret_context is None else self._vault.seal(json.dumps(secret_context)),
            updated_at=now,
        )
        try:
            self._mails.add(mail)
        except AlreadyExists:
            return
        self._hint(mail)

    def _hint(self, mail: Email) -> None:
        priority = Priority.INTERACTIVE if mail.kind.is_security else Priority.BULK
        try:
            self._queue.hint(Work.MAIL, mail.id, priority)
        except Unavailable:
            log.warning("mail %s waits in the outbox: the queue is away", mail.id)

    def get(self, mail_id: str) -> Email:
        """For operators. Raises NotFound."""
        mail = self._mails.get(mail_id)
        if mail is None:
            raise NotFound("mail")
        return mail

    def page(self, states: tuple[EmailState, ...], request: PageRequest) -> Page[Email]:
        """For operators: all mails in these states, newest first."""
        return self._mails.page(states, request)

    def resend(self, mail_id: str) -> Email:
        """For operators: send it once more. Raises NotFound, Conflict."""

        def requeued(mail: Email) -> Email:
            return mail.requeued(self._clock.now())

        mail = save_with_retry(lambda: self.get(mail_id), requeued, self._mails.save)
        self._hint(mail)
        return mail

    def sweep(self, limit: int = 20) -> int:
        """Hint again at mails that may be sent: the hint was lost, the sender died, the wait is over."""
        if self._queue.waiting() >= limit:
            return 0
        due = self._mails.due(self._clock.now(), limit)
        for mail in due:
            self._queue.hint(Work.MAIL, mail.id, Priority.BULK)
        return len(due)
