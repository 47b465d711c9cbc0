"""One connection to an SMTP server, with its refusals as errors of the email."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

from adapters.smtp.server import SmtpServer, StartTls
from core.domain.mail.emails import EmailNotSent
from core.domain.text import one_line

_OPERATOR_MISTAKES = frozenset({530, 534, 535, 538})
"""Missing or wrong login or encryption (RFC 4954, 6): not the email's fault, so it can wait."""

_MAX_DETAIL_LENGTH = 300
_QUIT_SECONDS = 0.5


class ConnectionLost(EmailNotSent):
    """The server has closed an idle connection before the next email was started.

    The email can be sent over a new connection.
    """


class SmtpConnection:
    """A connection that is logged in and sends emails one after another. Used by one thread at a time."""

    def __init__(self, client: smtplib.SMTP) -> None:
        self._client = client
        self._has_been_used = False
        self.is_usable = True

    @classmethod
    def opened(cls, server: SmtpServer, tls: ssl.SSLContext) -> Self:
        """Raises EmailNotSent, always transient: a failure to connect is not the email's fault."""
        try:
            if server.implicit_tls:
                client: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=server.timeout_seconds, context=tls
                )
            else:
                client = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        except (OSError, smtplib.SMTPException) as error:
            raise _not_reached(error) from None
        connection = cls(client)
        try:
            connection._introduce(server, tls)
        except (OSError, smtplib.SMTPException) as error:
            connection.drop()
            raise _not_reached(error) from None
        except EmailNotSent:
            connection.drop()
            raise
        return connection

    def _introduce(self, server: SmtpServer, tls: ssl.SSLContext) -> None:
        client = self._client
        client.ehlo_or_helo_if_needed()
        if server.starttls is not StartTls.NEVER:
            if client.has_extn("starttls"):
                client.starttls(context=tls)
                client.ehlo()
            elif server.starttls is StartTls.REQUIRED or server.credentials is not None:
                raise EmailNotSent(
                    "The mail server offers no STARTTLS. To do without, add ?starttls=never to SMTP_URL.",
                    is_transient=True,
                )
        if server.credentials is None:
            return
        try:
            client.login(server.credentials.user, server.credentials.password)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPResponseException as error:
            # The server's own words are left out: they may quote what it was sent.
            raise EmailNotSent(
                f"The mail server refused the login ({error.smtp_code}). Check the login in SMTP_URL.",
                is_transient=True,
            ) from None
        except smtplib.SMTPException:
            raise EmailNotSent("The mail server supports no known login method.", is_transient=True) from None

    @property
    def offers_smtputf8(self) -> bool:
        return self._client.has_extn("smtputf8")

    def deliver(self, sender: str, recipient: str, message: bytes, *, smtputf8: bool) -> None:
        """Send one message. Raises EmailNotSent, or its special case ConnectionLost."""
        options = ["SMTPUTF8", "BODY=8BITMIME"] if smtputf8 else []
        self._client.command_encoding = "utf-8" if smtputf8 else "ascii"
        may_be_stale, self._has_been_used = self._has_been_used, True
        with self._failures_told(may_be_stale=may_be_stale):
            self._expect(self._client.mail(sender, options))
        with self._failures_told(may_be_stale=False):
            self._expect(self._client.rcpt(recipient))
            self._expect(self._client.data(message))

    def _expect(self, reply: tuple[int, bytes]) -> None:
        code, text = reply
        if not 200 <= code < 300:
            raise smtplib.SMTPResponseException(code, text)

    @contextmanager
    def _failures_told(self, *, may_be_stale: bool) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPResponseException as error:
            code, detail = error.smtp_code, _refusal(error)
            if code != 421:
                self._reset()
                raise EmailNotSent(detail, is_transient=is_transient(code)) from None
            self.drop()
            if may_be_stale:
                raise ConnectionLost(detail, is_transient=True) from None
            raise EmailNotSent(detail, is_transient=True) from None
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            failure = _not_reached(error)
            if may_be_stale and not _is_timeout(error):
                raise ConnectionLost(failure.detail, is_transient=True) from error
            raise failure from error

    def _reset(self) -> None:
        """Reset the session after a refused email, so that the connection can be used again."""
        try:
            code, _ = self._client.rset()
        except (OSError, smtplib.SMTPException):
            code = 0
        if code != 250:
            self.drop()

    def answers(self) -> bool:
        """Whether the server still answers."""
        try:
            code, _ = self._client.noop()
        except (OSError, smtplib.SMTPException):
            return False
        return code == 250

    def close(self) -> None:
        """Send QUIT and close. A server that does not answer must not hold up a process that ends."""
        if self.is_usable:
            with suppress(OSError, smtplib.SMTPException):
                if self._client.sock is not None:
                    self._client.sock.settimeout(_QUIT_SECONDS)
                self._client.quit()
        self.drop()

    def drop(self) -> None:
        self.is_usable = False
        self._client.close()


def is_transient(smtp_code: int) -> bool:
    """Whether a later try may succeed. A missing answer (-1) is the connection's fault, not the email's."""
    return not 500 <= smtp_code < 600 or smtp_code in _OPERATOR_MISTAKES


def _refusal(error: smtplib.SMTPResponseException) -> str:
    raw = error.smtp_error
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return f"The mail server answered {error.smtp_code}: {one_line(text)}"[:_MAX_DETAIL_LENGTH]


def _is_timeout(error: BaseException) -> bool:
    """Whether the cause is a timeout, which smtplib may report as a disconnected server."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _not_reached(error: OSError | smtplib.SMTPException) -> EmailNotSent:
    match error:
        case smtplib.SMTPResponseException():
            detail = _refusal(error)
        case _ if _is_timeout(error):
            detail = "The mail server did not answer in time."
        case smtplib.SMTPServerDisconnected():
            detail = "The mail server closed the connection."
        case ssl.SSLCertVerificationError():
            detail = f"The mail server's certificate is not trusted: {error.verify_message}."
        case ssl.SSLError():
            detail = "An encrypted connection to the mail server could not be made."
        case _:
            detail = f"The mail server could not be reached ({type(error).__name__})."
    return EmailNotSent(detail, is_transient=True)
