"""The ways of mail: out by SMTP or into a folder, and the relays' reports back in."""

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

        return SmtpTransport(settings.smtp_url, settings.mail_from)
    except ValueError as error:
        raise SettingsError(f"SMTP_URL or MAIL_FROM: {error}") from error


def delivery_reports(settings: Settings, clock: Clock, fetch: Fetch) -> Mapping[str, DeliveryReports]:
    """By the name of the relay; only those that are set. Raises SettingsError.

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
    """Raises Unavailable."""
    import httpx

    try:
        answer = httpx.get(url, timeout=_FETCH_TIMEOUT_SECONDS, follow_redirects=False)
        return answer.raise_for_status().content
    except httpx.HTTPError as error:
        raise Unavailable("Amazon SNS cannot be asked at the moment.") from error


def message_id_host(settings: Settings) -> str:
    """The right half of Message-IDs: the domain that the mail comes from, or that people know us by."""
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    return domain or urlsplit(settings.public_url).hostname or "localhost"
