from __future__ import annotations

from itertools import permutations

import pytest

from core.domain.mail.emails import DeliveryEvent, EmailKind, EmailState
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.mail_desk import MailDesk

ADA = "ada@example.com"
DELIVERED, BOUNCED, COMPLAINED = EmailState.DELIVERED, EmailState.BOUNCED, EmailState.COMPLAINED


@pytest.fixture
def desk(stores: Stores, clock: ManualClock) -> MailDesk:
    return MailDesk(stores, clock)


@pytest.fixture
def mail_id(desk: MailDesk) -> str:
    """Of a mail that has been sent."""
    sent = desk.post(EmailKind.WELCOME)
    desk.sender.send_now(sent)
    return sent


def event(
    desk: MailDesk,
    mail_id: str | None,
    state: EmailState,
    *,
    is_permanent: bool = True,
    email: str = ADA,
    detail: str = "550 no such user",
) -> DeliveryEvent:
    return DeliveryEvent(mail_id, email, state, is_permanent, detail, desk.clock.now())


def is_suppressed(desk: MailDesk, email: str = ADA) -> bool:
    return desk.stores.suppressions.contains(email)


def test_it_works(desk: MailDesk, mail_id: str) -> None:
    desk.delivery.take([event(desk, mail_id, DELIVERED, is_permanent=False, detail="250 OK")])

    mail = desk.mail(mail_id)
    assert (mail.state, mail.last_error) == (DELIVERED, "250 OK")
    assert not is_suppressed(desk)


@pytest.mark.parametrize("state", [BOUNCED, COMPLAINED])
def test_an_address_that_bounced_hard_or_complained_is_not_mailed_again(
    desk: MailDesk, mail_id: str, state: EmailState
) -> None:
    desk.delivery.take([event(desk, mail_id, state)])

    assert desk.mail(mail_id).state is state
    assert is_suppressed(desk)
    another = desk.post(EmailKind.WELCOME)
    desk.sender.send_now(another)
    assert desk.mail(another).state is EmailState.FAILED


def test_a_bounce_that_may_pass_does_not_count_against_the_address(desk: MailDesk, mail_id: str) -> None:
    desk.delivery.take([event(desk, mail_id, BOUNCED, is_permanent=False)])

    assert desk.mail(mail_id).state is BOUNCED
    assert not is_suppressed(desk)


def test_the_address_counts_in_any_case(desk: MailDesk, mail_id: str) -> None:
    desk.delivery.take([event(desk, mail_id, BOUNCED, email="ADA@Example.com")])

    assert desk.mail(mail_id).state is BOUNCED
    assert is_suppressed(desk)


def test_a_report_may_come_any_number_of_times(desk: MailDesk, mail_id: str) -> None:
    for _ in range(3):
        desk.delivery.take([event(desk, mail_id, BOUNCED)] * 2)

    assert desk.mail(mail_id).state is BOUNCED


@pytest.mark.parametrize("order", list(permutations([DELIVERED, BOUNCED, COMPLAINED])))
def test_reports_may_come_in_any_order(desk: MailDesk, mail_id: str, order: tuple[EmailState, ...]) -> None:
    for state in order:
        desk.delivery.take([event(desk, mail_id, state, is_permanent=state is not DELIVERED)])

    assert desk.mail(mail_id).state is COMPLAINED


def test_a_report_on_a_mail_of_another_address_changes_nothing(desk: MailDesk, mail_id: str) -> None:
    desk.delivery.take([event(desk, mail_id, DELIVERED, email="eve@example.com")])

    assert desk.mail(mail_id).state is EmailState.SENT


def test_a_report_on_a_mail_that_is_not_ours_counts_for_the_address(desk: MailDesk) -> None:
    desk.delivery.take([event(desk, None, BOUNCED), event(desk, "unknown", BOUNCED, email="eve@example.com")])

    assert is_suppressed(desk)
    assert is_suppressed(desk, "eve@example.com")


def test_a_mail_that_is_resent_after_a_bounce_is_reported_on_anew(desk: MailDesk, mail_id: str) -> None:
    desk.delivery.take([event(desk, mail_id, BOUNCED, is_permanent=False)])
    desk.outbox.resend(mail_id)
    desk.sender.send_now(mail_id)
    desk.delivery.take([event(desk, mail_id, DELIVERED, is_permanent=False)])

    assert desk.mail(mail_id).state is DELIVERED
