"""Wiring of the outbox, sending and delivery reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.jinja.renderer import JinjaEmailRenderer
from core.services.mail.composer import EmailComposer
from core.services.mail.delivery_reports import DeliveryReportService
from core.services.mail.outbox import OutboxService
from core.services.mail.sender import EmailSender
from core.services.mail.unsubscribe_links import UnsubscribeLinks
from entrypoints.wiring.foundation import PRODUCT_NAME, Foundation
from entrypoints.wiring.mail_transports import (
    Fetch,
    delivery_reports,
    fetch_over_https,
    mail_transport,
    message_id_host,
)
from ports.mail import DeliveryReports, EmailTransport


@dataclass(frozen=True, slots=True)
class Mail:
    """`reports` are the readers of delivery reports, by relay."""

    outbox: OutboxService
    unsubscribe_links: UnsubscribeLinks
    sender: EmailSender
    delivery_reports: DeliveryReportService
    reports: Mapping[str, DeliveryReports]
    close: Callable[[], None]


def build_outbox(foundation: Foundation) -> OutboxService:
    return OutboxService(
        foundation.stores.mails,
        foundation.queue,
        foundation.cipher,
        foundation.system.clock,
        foundation.system.ids,
    )


def build_mail(
    foundation: Foundation, transport: EmailTransport | None = None, fetch: Fetch = fetch_over_https
) -> Mail:
    """`transport` defaults to the one from the settings. Raises SettingsError."""
    settings, stores, system = foundation.settings, foundation.stores, foundation.system
    transport = transport or mail_transport(settings)
    links = UnsubscribeLinks(foundation.signer, foundation.links)
    renderer = JinjaEmailRenderer(PRODUCT_NAME, settings.public_url, foundation.catalogue)
    composer = EmailComposer(renderer, links, foundation.cipher, message_id_host(settings))
    return Mail(
        outbox=build_outbox(foundation),
        unsubscribe_links=links,
        sender=EmailSender(
            stores.mails, stores.suppressions, composer, transport, foundation.queue, system, foundation.owner
        ),
        delivery_reports=DeliveryReportService(stores.mails, stores.suppressions, system.clock),
        reports=delivery_reports(settings, system.clock, fetch),
        close=transport.close,
    )
