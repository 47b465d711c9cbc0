"""Email transports and readers of delivery reports, from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit

from adapters.smtp.folder import FolderTransport
from core.domain.errors import Unavailable
from entrypoints.settings import Settings, SettingsError
from ports.mail import DeliveryReports, EmailTransport
from ports.system import Clock

_FETCH_TIMEOUT_SECONDS = 5

Fetch = Callable[[str], bytes]
"""Gets the document behind a URL."""


def mail_transport(settings: Settings) -> EmailTransport:
    """Raises SettingsError."""
    try:
        if not settings.smtp_url:
            return FolderTransport(settings.data_dir / "mail", settings.mail_from)
        from adapters.smtp.transport import SmtpTransport

        return SmtpTransport(settings.smtp_url, settings.mail_from, max_connections=settings.mail_threads)
    except ValueError as error:
        raise SettingsError(f"SMTP_URL or MAIL_FROM: {error}") from error


def delivery_reports(settings: Settings, clock: Clock, fetch: Fetch) -> Mapping[str, DeliveryReports]:
    """The configured readers, by the name of the relay. Raises SettingsError.

    `fetch` gets documents of Amazon SNS, from hosts that have been checked.
    """
    reports: dict[str, DeliveryReports] = {}
    if settings.sendgrid_webhook_key:
        from adapters.smtp.sendgrid import SendGridReports

        try:
            reports["sendgrid"] = SendGridReports(settings.sendgrid_webhook_key, clock.now)
        except ValueError as error:
            raise SettingsError(f"SENDGRID_WEBHOOK_KEY: {error}") from error
    if settings.ses_topic_arns:
        from adapters.smtp.ses import SesReports

        reports["ses"] = SesReports(settings.ses_topic_arns, fetch, fetch)
    return reports


def fetch_over_https(url: str) -> bytes:
    """A document of Amazon SNS. The caller has checked the host. Raises Unavailable."""
    import httpx

    try:
        answer = httpx.get(url, timeout=_FETCH_TIMEOUT_SECONDS, follow_redirects=False)
        return answer.raise_for_status().content
    except httpx.HTTPError as error:
        raise Unavailable("Amazon SNS is unavailable.") from error


def message_id_host(settings: Settings) -> str:
    """The right-hand side of Message-IDs: the domain of the sender, or else of the public URL."""
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    return domain or urlsplit(settings.public_url).hostname or "localhost"
