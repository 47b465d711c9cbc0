from __future__ import annotations

from itertools import permutations

import pytest

from core.domain.mail.emails import DeliveryEvent, EmailKind, EmailState
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.mail_services import MailServices

ADA = "ada@example.com"
DELIVERED, BOUNCED, COMPLAINED = EmailState.DELIVERED, EmailState.BOUNCED, EmailState.COMPLAINED


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> MailServices:
    return MailServices(stores, clock)


@pytest.fixture
def mail_id(services: MailServices) -> str:
    """Of a mail that has been sent."""
    sent = services.post(EmailKind.WELCOME)
    services.sender.send_now(sent)
    return sent


def event(
    services: MailServices,
    mail_id: str | None,
    state: EmailState,
    *,
    is_permanent: bool = True,
    email: str = ADA,
    detail: str = "550 no such user",
) -> DeliveryEvent:
    return DeliveryEvent(mail_id, email, state, is_permanent, detail, services.clock.now())


def is_suppressed(services: MailServices, email: str = ADA) -> bool:
    return services.stores.suppressions.contains(email)


def test_it_works(services: MailServices, mail_id: str) -> None:
    services.delivery.take([event(services, mail_id, DELIVERED, is_permanent=False, detail="250 OK")])

    mail = services.mail(mail_id)
    assert (mail.state, mail.last_error) == (DELIVERED, "250 OK")
    assert not is_suppressed(services)


@pytest.mark.parametrize("state", [BOUNCED, COMPLAINED])
def test_an_address_that_bounced_or_complained_gets_no_more_emails(
    services: MailServices, mail_id: str, state: EmailState
) -> None:
    services.delivery.take([event(services, mail_id, state)])

    assert services.mail(mail_id).state is state
    assert is_suppressed(services)
    another = services.post(EmailKind.WELCOME)
    services.sender.send_now(another)
    assert services.mail(another).state is EmailState.FAILED


def test_a_bounce_that_may_pass_does_not_count_against_the_address(
    services: MailServices, mail_id: str
) -> None:
    services.delivery.take([event(services, mail_id, BOUNCED, is_permanent=False)])

    assert services.mail(mail_id).state is BOUNCED
    assert not is_suppressed(services)


def test_the_address_counts_in_any_case(services: MailServices, mail_id: str) -> None:
    services.delivery.take([event(services, mail_id, BOUNCED, email="ADA@Example.com")])

    assert services.mail(mail_id).state is BOUNCED
    assert is_suppressed(services)


def test_a_report_may_come_any_number_of_times(services: MailServices, mail_id: str) -> None:
    for _ in range(3):
        services.delivery.take([event(services, mail_id, BOUNCED)] * 2)

    assert services.mail(mail_id).state is BOUNCED


@pytest.mark.parametrize("order", list(permutations([DELIVERED, BOUNCED, COMPLAINED])))
def test_reports_may_come_in_any_order(
    services: MailServices, mail_id: str, order: tuple[EmailState, ...]
) -> None:
    for state in order:
        services.delivery.take([event(services, mail_id, state, is_permanent=state is not DELIVERED)])

    assert services.mail(mail_id).state is COMPLAINED


def test_a_report_on_a_mail_of_another_address_changes_nothing(services: MailServices, mail_id: str) -> None:
    services.delivery.take([event(services, mail_id, DELIVERED, email="eve@example.com")])

    assert services.mail(mail_id).state is EmailState.SENT


def test_a_report_on_a_mail_that_is_not_ours_counts_for_the_address(services: MailServices) -> None:
    services.delivery.take(
        [event(services, None, BOUNCED), event(services, "unknown", BOUNCED, email="eve@example.com")]
    )

    assert is_suppressed(services)
    assert is_suppressed(services, "eve@example.com")


def test_a_mail_that_is_resent_after_a_bounce_is_reported_on_anew(
    services: MailServices, mail_id: str
) -> None:
    services.delivery.take([event(services, mail_id, BOUNCED, is_permanent=False)])
    services.outbox.resend(mail_id)
    services.sender.send_now(mail_id)
    services.delivery.take([event(services, mail_id, DELIVERED, is_permanent=False)])

    assert services.mail(mail_id).state is DELIVERED
