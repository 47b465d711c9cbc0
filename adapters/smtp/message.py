"""Conversion of an envelope to the bytes of an Internet message (RFC 5322)."""

from __future__ import annotations

import json
import re
from binascii import b2a_qp
from collections.abc import Callable
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

from adapters.smtp.addresses import MailAddress
from adapters.smtp.server import Relay
from core.domain.mail.emails import EmailNotSent, Envelope
from core.domain.text import one_line

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
_OURS = frozenset({
    "from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "mime-version",
    "content-type", "content-transfer-encoding", "content-disposition",
})  # fmt: skip
_MAX_SUBJECT_LENGTH = 250
_MAX_LINE_LENGTH = 998
"""In octets, without the line end (RFC 5322, 2.1.1)."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class _Policy(EmailPolicy):
    """Writes each header unchanged, and encodes only names and subjects that are not ASCII (RFC 2047).

    The standard policy also folds long words, such as the URL in List-Unsubscribe, into encoded words,
    which email clients do not understand there.
    """

    def fold(self, name: str, value: Any) -> str:
        text = str(value)
        if not text.isascii() and not self.utf8:
            if isinstance(value, AddressHeader):
                (address,) = value.addresses
                text = f"{self._encoded(name, address.display_name)}{self.linesep} <{address.addr_spec}>"
            else:
                text = self._encoded(name, text)
        return f"{name}: {text}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode()

    def _encoded(self, name: str, text: str) -> str:
        return Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)


_POLICY = _Policy(linesep=SMTP.linesep)


class MessageWriter:
    """Writes messages from one sender, with the headers by which a relay's reports identify an email."""

    def __init__(
        self,
        mail_from: str,
        now: Callable[[], datetime] = utc_now,
        *,
        relay: Relay | None = None,
        ses_configuration_set: str | None = None,
    ) -> None:
        """`mail_from` is `Name <a@b>` or `a@b`. Raises ValueError if it is not, or not in ASCII."""
        try:
            self.sender = MailAddress.parsed(mail_from)
        except ValueError as error:
            raise ValueError("MAIL_FROM is not an email address.") from error
        if self.sender.needs_smtputf8:
            raise ValueError("MAIL_FROM must be an address that every server accepts: ASCII before the @.")
        self._now = now
        self._relay = relay
        self._ses_configuration_set = ses_configuration_set

    def recipient(self, envelope: Envelope) -> MailAddress:
        """Raises EmailNotSent, permanent, if the recipient's address is not valid."""
        try:
            return MailAddress.of(envelope.to_email, envelope.to_name)
        except ValueError as error:
            raise EmailNotSent(str(error), is_transient=False) from None

    def bytes_of(self, envelope: Envelope) -> bytes:
        """The message with CRLF line ends, in ASCII unless the recipient's address is not.

        Raises EmailNotSent, permanent, for a value that would break out of its header.
        """
        recipient = self.recipient(envelope)
        message = EmailMessage(policy=_POLICY.clone(utf8=recipient.needs_smtputf8))
        message["From"] = _header_address(self.sender)
        message["To"] = _header_address(recipient)
        message["Subject"] = one_line(envelope.rendered.subject)[:_MAX_SUBJECT_LENGTH]
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = _checked_message_id(envelope.message_id)
        for name, value in (dict(envelope.headers) | self._relay_headers(envelope.mail_id)).items():
            message[_checked_name(name)] = _checked_value(name, value)
        message["MIME-Version"] = "1.0"
        message.make_alternative()
        message.attach(_text_part("plain", envelope.rendered.text))
        message.attach(_text_part("html", envelope.rendered.html))
        return message.as_bytes()

    def _relay_headers(self, mail_id: str) -> dict[str, str]:
        if self._relay is Relay.SENDGRID:
            return {"X-SMTPAPI": json.dumps({"unique_args": {"mail_id": mail_id}})}
        if self._relay is Relay.SES and self._ses_configuration_set is not None:
            return {"X-SES-CONFIGURATION-SET": self._ses_configuration_set}
        return {}


def _text_part(subtype: str, text: str) -> EmailMessage:
    """A part in quoted-printable, which keeps lines short and in ASCII for every server on the way."""
    part = EmailMessage(policy=_POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    # This is several times faster than set_content, which encodes in Python.
    part.set_payload(b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


def _header_address(address: MailAddress) -> Address:
    return Address(address.display_name, username=address.local_part, domain=address.domain)


def _checked_message_id(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise EmailNotSent("The Message-ID is not valid.", is_transient=False)
    return message_id


def _checked_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
        raise EmailNotSent("A header has a name that it must not have.", is_transient=False)
    return name


def _checked_value(name: str, value: str) -> str:
    if not value.isascii() or not value.isprintable() or len(name) + 2 + len(value) > _MAX_LINE_LENGTH:
        raise EmailNotSent(f"The value of the header {name} is not valid.", is_transient=False)
    return value
