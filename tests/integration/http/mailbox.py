"""The emails of the product, as their recipients read them."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from core.domain.mail.emails import EmailKind, EmailState
from core.domain.paging import PageRequest
from entrypoints.wiring.application import Application

_OTP = re.compile(r"(?<!\d)\d{6}(?!\d)")


class Mailbox:
    """Sends what waits in the outbox, and opens it; each mail once."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._opened: set[str] = set()

    def new(self, kind: EmailKind, email: str = "ada@example.com") -> list[EmailMessage]:
        """The mails of that kind to that address that have not been opened yet."""
        outbox = self._application.mail.outbox
        for mail in outbox.page((EmailState.QUEUED,), PageRequest(100)).items:
            self._application.mail.sender.send_now(mail.id)
        found = [
            mail
            for mail in outbox.page((EmailState.SENT,), PageRequest(100)).items
            if (mail.kind, mail.to_email) == (kind, email) and mail.id not in self._opened
        ]
        self._opened |= {mail.id for mail in found}
        return [self._read(mail.id) for mail in found]

    def _read(self, mail_id: str) -> EmailMessage:
        path = self._application.settings.data_dir / "mail" / f"{mail_id}.eml"
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def otp(self, email: str = "ada@example.com") -> str:
        """The one in the only new mail that brings one."""
        (message,) = self.new(EmailKind.OTP, email)
        (otp,) = set(_OTP.findall(text_of(message)))
        return str(otp)


def text_of(message: EmailMessage) -> str:
    """Its plain text part."""
    part = message.get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content
