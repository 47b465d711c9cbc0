"""The outbox and its sender, over stores in memory, with a relay that does as it is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from adapters.crypto.vault import KeyedVault
from adapters.huey.queue import HueyQueue, memory_huey
from adapters.jinja.renderer import JinjaEmailRenderer
from adapters.system.ids import UlidIds
from adapters.system.randomness import SystemRandomness
from core.domain.errors import Unavailable
from core.domain.identity.users import User
from core.domain.mail.emails import Email, EmailKind, EmailNotSent, Envelope
from core.domain.paging import PageRequest
from core.services.identity.email_preferences import EmailPreferenceService
from core.services.mail.delivery_reports import DeliveryReportService
from core.services.mail.outbox import OutboxService
from core.services.mail.sender import EmailSender
from entrypoints.wiring.stores import Stores
from ports.queue import Priority, Work
from tests.building import SECRET
from tests.fakes import ManualClock

LINK_BASE = "https://prep.example.com/api/v1/mail/unsubscribe"

_RENDERER = JinjaEmailRenderer("Interview Prep", "https://prep.example.com")

CONTEXTS: dict[EmailKind, dict[str, Any]] = {
    EmailKind.OTP: {"minutes": 10},
    EmailKind.PASSWORD_CHANGED: {"at": "now", "address": "203.0.113.7", "device": "Firefox"},
    EmailKind.SUSPICIOUS_LOGIN: {"at": "now", "address": "203.0.113.7", "device": "Firefox"},
    EmailKind.WELCOME: {},
    EmailKind.GENERATION_COMPLETE: {
        "failed": False,
        "error_detail": "",
        "role": "SRE",
        "made": 5,
        "requested": 5,
        "session_url": "https://prep.example.com/sessions/1",
    },
    EmailKind.EXPORT_READY: {
        "failed": False,
        "error_detail": "",
        "file_name": "questions.pdf",
        "size_bytes": 1024,
        "expires_at": "22 January 2026, 09:30 UTC",
        "download_url": "https://prep.example.com/exports/1",
    },
    EmailKind.TEMPLATE_SHARED: {
        "template_name": "Python",
        "shared_by": "Grace Hopper",
        "access": "view",
        "template_url": "https://prep.example.com/templates/1",
    },
}


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
        super().__init__(memory_huey())
        self.hints: list[tuple[Work, str, Priority]] = []
        self.is_away = False

    def hint(self, work: Work, work_id: str, priority: Priority) -> None:
        if self.is_away:
            raise Unavailable("The job queue is away.")
        self.hints.append((work, work_id, priority))
        super().hint(work, work_id, priority)


class MailDesk:
    def __init__(self, stores: Stores, clock: ManualClock) -> None:
        self.stores = stores
        self.clock = clock
        self.vault = KeyedVault([SECRET])
        self.queue = NotedQueue()
        self.relay = Relay()
        self.outbox = OutboxService(stores.mails, self.queue, self.vault, clock, UlidIds())
        self.unsubscribing = EmailPreferenceService(stores.users, self.vault, clock, LINK_BASE)
        self.delivery = DeliveryReportService(stores.mails, stores.suppressions, clock)
        self.sender = self.another_sender("worker 1")
        now = clock.now()
        self.ada = User("01J", "ada@example.com", "ada@example.com", "Ada Lovelace", "hash", now, now)
        stores.users.add(self.ada)
        self._posted = 0

    def another_sender(self, owner: str) -> EmailSender:
        return EmailSender(
            self.stores.mails,
            self.stores.suppressions,
            _RENDERER,
            self.relay,
            self.unsubscribing,
            self.queue,
            self.vault,
            self.clock,
            SystemRandomness(),
            owner,
            "prep.example.com",
        )

    def post(self, kind: EmailKind = EmailKind.WELCOME, **secrets: str) -> str:
        """The id of a new mail to Ada."""
        self._posted += 1
        cause = f"cause {self._posted}"
        self.outbox.post(
            kind,
            self.ada,
            CONTEXTS[kind],
            cause=cause,
            caused_at=self.clock.now(),
            secret_context=secrets or None,
        )
        return UlidIds().derived(f"{kind} {cause}", at=self.clock.now())

    def mail(self, mail_id: str) -> Email:
        return self.outbox.get(mail_id)

    def mails(self) -> tuple[Email, ...]:
        return self.outbox.page((), PageRequest(100)).items
