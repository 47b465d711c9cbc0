"""The SMTP server and its options, from the setting SMTP_URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

DEFAULT_TIMEOUT_SECONDS = 10.0

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_CONFIGURATION_SET = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DEFAULT_PORTS = {"smtp": 587, "smtps": 465}


class StartTls(StrEnum):
    """`IF_OFFERED` encrypts if the server supports it, but never sends a password unencrypted."""

    IF_OFFERED = "if_offered"
    REQUIRED = "required"
    NEVER = "never"


class Relay(StrEnum):
    """Relays that report on deliveries and need a header that identifies the email."""

    SENDGRID = "sendgrid"
    SES = "ses"


@dataclass(frozen=True, slots=True)
class Credentials:
    user: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(...)"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A server, its connection options, and the timeout for each of its answers."""

    host: str
    port: int
    credentials: Credentials | None = None
    implicit_tls: bool = False
    starttls: StartTls = StartTls.IF_OFFERED
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    relay: Relay | None = None
    ses_configuration_set: str | None = None

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The server for one of these URLs, with user, password and key percent-encoded:

        - `smtp://user:password@host:587`, with `?starttls=required` or `never`
        - `smtps://user:password@host:465`
        - `sendgrid://API_KEY`
        - `ses://USER:PASSWORD@REGION`, with `?configuration_set=NAME`

        All take `?timeout=` in seconds. Raises ValueError, which does not repeat the URL.
        """
        try:
            parts = urlsplit(url)
            port = parts.port if parts.scheme in _DEFAULT_PORTS else None
        except ValueError:
            raise ValueError("SMTP_URL is not a valid URL.") from None
        if parts.path not in ("", "/") or parts.fragment:
            raise ValueError("SMTP_URL has no path: percent-encode '/', '?' and '#' in user and password.")
        options = _Options(parts.query)
        timeout_seconds = options.timeout_seconds()
        match parts.scheme:
            case "smtp" | "smtps":
                server = cls(
                    host=parts.hostname or "",
                    port=port or _DEFAULT_PORTS[parts.scheme],
                    credentials=_credentials(parts),
                    implicit_tls=parts.scheme == "smtps",
                    starttls=options.starttls() if parts.scheme == "smtp" else StartTls.NEVER,
                    timeout_seconds=timeout_seconds,
                )
            case "sendgrid":
                if "@" in parts.netloc or ":" in parts.netloc:
                    raise ValueError("SMTP_URL of SendGrid is sendgrid://API_KEY.")
                server = cls(
                    host="smtp.sendgrid.net",
                    port=587,
                    credentials=_checked(Credentials("apikey", unquote(parts.netloc))),
                    starttls=StartTls.REQUIRED,
                    timeout_seconds=timeout_seconds,
                    relay=Relay.SENDGRID,
                )
            case "ses":
                server = cls(
                    host=_ses_host(parts.hostname or ""),
                    port=587,
                    credentials=_credentials(parts),
                    starttls=StartTls.REQUIRED,
                    timeout_seconds=timeout_seconds,
                    relay=Relay.SES,
                    ses_configuration_set=options.configuration_set(),
                )
            case _:
                raise ValueError("SMTP_URL begins with smtp://, smtps://, sendgrid:// or ses://.")
        options.expect_none_left()
        if not _is_host(server.host):
            raise ValueError("SMTP_URL names no host.")
        if server.relay is not None and server.credentials is None:
            raise ValueError("SMTP_URL needs the credentials of the relay.")
        return server


class _Options:
    """The query of the URL. Every option in it must be known."""

    def __init__(self, query: str) -> None:
        self._values = dict(parse_qsl(query, keep_blank_values=True))

    def take(self, name: str) -> str | None:
        return self._values.pop(name, None)

    def timeout_seconds(self) -> float:
        text = self.take("timeout")
        if text is None:
            return DEFAULT_TIMEOUT_SECONDS
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= 600:
            raise ValueError("The timeout in SMTP_URL is a number of seconds, up to 600.")
        return seconds

    def starttls(self) -> StartTls:
        text = self.take("starttls")
        if text is None:
            return StartTls.IF_OFFERED
        if text not in (StartTls.REQUIRED, StartTls.NEVER):
            raise ValueError("starttls in SMTP_URL is required or never.")
        return StartTls(text)

    def configuration_set(self) -> str | None:
        name = self.take("configuration_set")
        if name is not None and not _CONFIGURATION_SET.fullmatch(name):
            raise ValueError("configuration_set in SMTP_URL is not a valid name.")
        return name

    def expect_none_left(self) -> None:
        if self._values:
            raise ValueError(f"SMTP_URL has options that do not apply: {', '.join(sorted(self._values))}.")


def _credentials(parts: SplitResult) -> Credentials | None:
    if parts.username is None and parts.password is None:
        return None
    return _checked(Credentials(unquote(parts.username or ""), unquote(parts.password or "")))


def _checked(credentials: Credentials) -> Credentials:
    for text in (credentials.user, credentials.password):
        # The standard library can send ASCII only, and a control character could end the SMTP line.
        if not text or not text.isascii() or not text.isprintable():
            raise ValueError("User and password in SMTP_URL must be given, in printable ASCII.")
    return credentials


def _is_host(host: str) -> bool:
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def _ses_host(region: str) -> str:
    if not _REGION.fullmatch(region):
        raise ValueError("SMTP_URL of Amazon SES names a region, such as eu-west-1.")
    return f"email-smtp.{region}.amazonaws.com"
