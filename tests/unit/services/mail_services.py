"""The outbox and its sender, over stores in memory, with a relay that does as it is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from huey import MemoryHuey

from adapters.huey.queue import HueyQueue
from adapters.system.ids import UlidIds
from core.domain.errors import Unavailable
from core.domain.identity.users import User
from core.domain.mail.emails import Email, EmailKind, EmailNotSent, Envelope
from core.domain.mail.messages import MESSAGE_TYPES
from core.domain.mail.recipients import Recipient
from core.domain.paging import PageRequest
from core.services.identity.email_preferences import EmailPreferenceService
from core.services.mail.sender import EmailSender
from entrypoints.wiring.foundation import build_foundation, system_of_this_machine
from entrypoints.wiring.mail import build_mail
from entrypoints.wiring.stores import Stores
from ports.queue import Priority, Work
from tests.building import settings_in_memory
from tests.fakes import ManualClock, NoPause

LINK_BASE = "https://prep.example.com/api/v1/mail/unsubscribe"


class Relay:
    """A transport that takes every mail, unless it has been told to fail with the next one."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.failures: deque[Exception] = deque()
        self.before_send: Callable[[Envelope], None] = lambda envelope: None

    def fail(self, detail: str, *, is_transient: bool, times: int = 1) -> None:
        self.failures.extend(EmailNotSent(detail, is_transient=is_transient) for _ in range(times))

    def send(self, envelope: Envelope) -> None:
        self.before_send(envelope)
        if self.failures:
            raise self.failures.popleft()
        self.taken.append(envelope)

    def close(self) -> None:
        self.before_send = lambda envelope: None


class NotedQueue(HueyQueue):
    """Notes the hints; fails if it is away."""

    def __init__(self) -> None:
        super().__init__(lambda name: MemoryHuey(name, results=False))
        self.hints: list[tuple[Work, str, Priority]] = []
        self.is_unavailable = False

    def hint(self, work: Work, work_id: str, priority: Priority) -> None:
        if self.is_unavailable:
            raise Unavailable("The job queue is away.")
        self.hints.append((work, work_id, priority))
        super().hint(work, work_id, priority)


class MailServices:
    def __init__(self, stores: Stores, clock: ManualClock) -> None:
        self.stores = stores
        self.clock = clock
        self.queue = NotedQueue()
        self.relay = Relay()
        settings = settings_in_memory(
            Path("unused"),
            public_url="https://prep.example.com",
            mail_from="Interview Prep <no-reply@prep.example.com>",
        )
        built = build_foundation(settings, system_of_this_machine(clock=clock, sleeper=NoPause()))
        self._foundation = replace(built, stores=stores, queue=self.queue, owner="worker 1")
        self.cipher = self._foundation.cipher
        self.signer = self._foundation.signer
        mail = build_mail(self._foundation, self.relay)
        self.outbox = mail.outbox
        self.delivery = mail.delivery_reports
        self.links = mail.unsubscribe_links
        self.sender = mail.sender
        self.email_preferences = EmailPreferenceService(stores.users, mail.unsubscribe_links, clock)
        now = clock.now()
        self.ada = User("01J", "ada@example.com", "ada@example.com", "Ada Lovelace", "hash", now, now)
        stores.users.add(self.ada)
        self._posted = 0

    def another_sender(self, owner: str) -> EmailSender:
        return build_mail(replace(self._foundation, owner=owner), self.relay).sender

    def follow_hints(self) -> None:
        """What the threads for emails do, one after the other, until no hint is left."""
        while self.queue.hints:
            _, mail_id, _ = self.queue.hints.pop(0)
            self.sender.send_now(mail_id)

    def post(self, kind: EmailKind = EmailKind.WELCOME, to: Recipient | None = None, **changes: Any) -> str:
        """The id of a new email of that kind to Ada."""
        self._posted += 1
        cause = f"cause {self._posted}"
        message = replace(MESSAGE_TYPES[kind].sample(), **changes)
        self.outbox.post(message, to or self.ada.recipient, cause=cause, caused_at=self.clock.now())
        return UlidIds().derived(f"{kind} {cause}", at=self.clock.now())

    def mail(self, mail_id: str) -> Email:
        return self.outbox.get(mail_id)

    def mails(self) -> tuple[Email, ...]:
        return self.outbox.page((), PageRequest(100)).items
