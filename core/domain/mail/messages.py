"""The contents of every email that the product sends, one type per kind.

The stored form of a message is a JSON object with one key per field. Fields marked as secret are stored
encrypted. Fields marked as late are not stored, but filled in when the email is sent. A kind of email is
defined only here and by its folder of templates. Preferences, previews and the renderer are derived from
`MESSAGE_TYPES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Self

from core.domain.json import JsonObject
from core.domain.mail.emails import EmailKind
from core.domain.messages import Message

_SECRET = {"secret": True}
_LATE = {"late": True}
_TIME_OF_EARLIER_RELEASES = "%d %B %Y, %H:%M UTC"


@dataclass(frozen=True, slots=True)
class EmailMessage:
    """The content of an email. `sample` returns an example for previews and tests."""

    kind: ClassVar[EmailKind]

    @classmethod
    def sample(cls) -> Self:
        raise NotImplementedError

    def public_json(self) -> JsonObject:
        """The fields that may be stored unencrypted."""
        return self._json(is_secret=False)

    def secret_json(self) -> JsonObject:
        """The fields that must be stored encrypted."""
        return self._json(is_secret=True)

    def _json(self, *, is_secret: bool) -> JsonObject:
        return {
            each.name: _to_json(getattr(self, each.name))
            for each in fields(self)
            if ("secret" in each.metadata) is is_secret and "late" not in each.metadata
        }

    @classmethod
    def from_json(cls, content: JsonObject) -> Self:
        """The message from its public and secret fields. Unknown keys are ignored. Raises ValueError or
        TypeError."""
        if content.get("failed"):  # an earlier release stored the sentence
            content = {**content, "error": content.get("error_detail", "")}
        known = {each.name: str(each.type) for each in fields(cls)}
        return cls(**{name: _from_json(known[name], content[name]) for name in known if name in content})


def _to_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.to_json() if isinstance(value, Message) else value


def _from_json(annotation: str, value: Any) -> Any:
    if annotation.startswith("datetime"):
        return _moment(value)
    if annotation.startswith("Message"):
        return Message.from_json(value) if value else None
    return value


def _moment(text: str | None) -> datetime | None:
    """The time from ISO 8601 text, or from the display format that earlier releases stored."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.strptime(f"{text} +0000", f"{_TIME_OF_EARLIER_RELEASES} %z")


_SAMPLE_TIME = datetime.fromisoformat("2026-01-15T09:30:00+00:00")


@dataclass(frozen=True, slots=True)
class OneTimePassword(EmailMessage):
    """`minutes` is the lifetime of the password."""

    kind = EmailKind.OTP

    otp: str = field(metadata=_SECRET)
    minutes: int

    @classmethod
    def sample(cls) -> Self:
        return cls(otp="042137", minutes=10)


@dataclass(frozen=True, slots=True)
class _SecurityNotice(EmailMessage):
    """The time of an event, and its address and device."""

    at: datetime
    address: str
    device: str

    @classmethod
    def sample(cls) -> Self:
        return cls(at=_SAMPLE_TIME, address="203.0.113.7", device="Firefox on Linux")


@dataclass(frozen=True, slots=True)
class PasswordChanged(_SecurityNotice):
    kind = EmailKind.PASSWORD_CHANGED


@dataclass(frozen=True, slots=True)
class SuspiciousLogin(_SecurityNotice):
    kind = EmailKind.SUSPICIOUS_LOGIN


@dataclass(frozen=True, slots=True)
class VerificationMessage(EmailMessage):
    """A message with the link that verifies its recipient's address.

    The link is signed when the email is sent, so it fits the address and is new, however often it is sent.
    """

    verify_url: str = field(default="", metadata=_LATE)

    @classmethod
    def sample(cls) -> Self:
        return cls(verify_url="https://prep.example.com/verify-email?token=sample")


@dataclass(frozen=True, slots=True)
class Welcome(VerificationMessage):
    kind = EmailKind.WELCOME


@dataclass(frozen=True, slots=True)
class EmailVerification(VerificationMessage):
    kind = EmailKind.EMAIL_VERIFICATION


@dataclass(frozen=True, slots=True)
class GenerationComplete(EmailMessage):
    """`made` of `requested` questions are ready. `error` is set if the job failed."""

    kind = EmailKind.GENERATION_COMPLETE

    role: str
    made: int
    requested: int
    session_url: str
    error: Message | None = None

    @classmethod
    def sample(cls) -> Self:
        return cls(
            role="Backend engineer",
            made=18,
            requested=20,
            session_url="https://prep.example.com/sessions/sample",
        )


@dataclass(frozen=True, slots=True)
class ExportReady(EmailMessage):
    """The file, or the error if there is none."""

    kind = EmailKind.EXPORT_READY

    download_url: str
    file_name: str = ""
    size_bytes: int = 0
    expires_at: datetime | None = None
    error: Message | None = None

    @classmethod
    def sample(cls) -> Self:
        return cls(
            download_url="https://prep.example.com/exports/sample",
            file_name="Backend engineer - questions 2026-01-15.pdf",
            size_bytes=48213,
            expires_at=datetime.fromisoformat("2026-01-22T09:30:00+00:00"),
        )


@dataclass(frozen=True, slots=True)
class TemplateShared(EmailMessage):
    """`access` is view or edit."""

    kind = EmailKind.TEMPLATE_SHARED

    template_name: str
    shared_by: str
    access: str
    template_url: str

    @classmethod
    def sample(cls) -> Self:
        return cls(
            template_name="Senior Python interview",
            shared_by="Grace Hopper",
            access="edit",
            template_url="https://prep.example.com/templates/sample",
        )


_ALL: Sequence[type[EmailMessage]] = (
    OneTimePassword,
    PasswordChanged,
    SuspiciousLogin,
    Welcome,
    EmailVerification,
    GenerationComplete,
    ExportReady,
    TemplateShared,
)
MESSAGE_TYPES: Mapping[EmailKind, type[EmailMessage]] = {each.kind: each for each in _ALL}
