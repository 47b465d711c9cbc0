"""Sending of emails over SMTP."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime

from adapters.smtp.addresses import MailAddress
from adapters.smtp.connection import ConnectionLost, SmtpConnection
from adapters.smtp.message import MessageWriter, utc_now
from adapters.smtp.pool import SmtpPool
from adapters.smtp.server import SmtpServer
from core.domain.mail.emails import EmailNotSent, Envelope


class SmtpTransport:
    """An EmailTransport through an SMTP server or relay, for any number of threads.

    Transient failures: no connection, no answer in time, a 4xx, a refused login. Permanent failures: a
    5xx, an address that this server cannot accept.
    """

    def __init__(
        self,
        url: str,
        mail_from: str,
        *,
        max_connections: int = 4,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`url` as in SmtpServer.from_url, `mail_from` as in MessageWriter; both raise ValueError.

        `tls` holds the trusted authorities; None means the system's.
        """
        server = SmtpServer.from_url(url)
        context = tls or ssl.create_default_context()
        self._writer = MessageWriter(
            mail_from, now, relay=server.relay, ses_configuration_set=server.ses_configuration_set
        )
        self._pool = SmtpPool(
            lambda: SmtpConnection.opened(server, context), max_connections, server.timeout_seconds
        )

    def send(self, envelope: Envelope) -> None:
        recipient, message = self._writer.recipient(envelope), self._writer.bytes_of(envelope)
        try:
            self._hand_over(recipient, message)
        except ConnectionLost:
            self._hand_over(recipient, message, fresh=True)

    def _hand_over(self, recipient: MailAddress, message: bytes, *, fresh: bool = False) -> None:
        with self._pool.connection(fresh=fresh) as connection:
            if recipient.needs_smtputf8 and not connection.offers_smtputf8:
                raise EmailNotSent("The mail server cannot accept an address like this.", is_transient=False)
            connection.deliver(
                self._writer.sender.spec, recipient.spec, message, smtputf8=recipient.needs_smtputf8
            )

    def close(self) -> None:
        self._pool.close()
