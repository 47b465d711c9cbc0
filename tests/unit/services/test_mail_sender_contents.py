from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.mail.emails import DeliveryEvent, EmailKind, EmailState
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.mail_desk import LINK_BASE, MailDesk


@pytest.fixture
def desk(stores: Stores, clock: ManualClock) -> MailDesk:
    return MailDesk(stores, clock)


def send_until_it_is_over(desk: MailDesk, mail_id: str) -> list[timedelta]:
    """Lets the clock run to each try; how long it waited before each."""
    waits = []
    while desk.mail(mail_id).state is EmailState.QUEUED:
        wait = desk.mail(mail_id).run_after - desk.clock.now()
        desk.clock.advance(seconds=wait.total_seconds())
        waits.append(wait)
        desk.sender.send_now(mail_id)
    return waits


class TestSecretsOfAMail:
    def test_they_are_forgotten_once_it_is_sent(self, desk: MailDesk) -> None:
        mail_id = desk.post(EmailKind.OTP, otp="042137")
        desk.sender.send_now(mail_id)

        assert desk.mail(mail_id).sealed_context is None

    def test_they_are_kept_while_it_is_tried(self, desk: MailDesk) -> None:
        mail_id = desk.post(EmailKind.OTP, otp="042137")
        desk.relay.fail("421 later", is_transient=True)
        send_until_it_is_over(desk, mail_id)

        assert "042137" in desk.relay.taken[0].rendered.text
        assert desk.mail(mail_id).sealed_context is None

    def test_they_are_forgotten_when_it_has_failed(self, desk: MailDesk) -> None:
        mail_id = desk.post(EmailKind.OTP, otp="042137")
        desk.relay.fail("550 no such user", is_transient=False)
        desk.sender.send_now(mail_id)

        assert desk.mail(mail_id).sealed_context is None

    def test_they_are_forgotten_when_it_is_reported_on(self, desk: MailDesk, clock: ManualClock) -> None:
        mail_id = desk.post(EmailKind.OTP, otp="042137")
        desk.delivery.take(
            [DeliveryEvent(mail_id, "ada@example.com", EmailState.BOUNCED, True, "550", clock.now())]
        )

        assert desk.mail(mail_id).sealed_context is None

    def test_a_mail_sealed_with_a_lost_key_has_failed(self, desk: MailDesk) -> None:
        mail_id = desk.post(EmailKind.OTP, otp="042137")
        desk.stores.mails.save(replace(desk.mail(mail_id), sealed_context="sealed with another key"))
        desk.sender.send_now(mail_id)

        assert desk.mail(mail_id).state is EmailState.FAILED
        assert desk.relay.taken == []


class TestAnAddressThatBounced:
    @pytest.fixture(autouse=True)
    def bounced(self, desk: MailDesk, clock: ManualClock) -> None:
        desk.stores.suppressions.add("ada@example.com", "550 no such user", clock.now())

    @pytest.mark.parametrize("kind", [kind for kind in EmailKind if not kind.is_security])
    def test_it_is_not_mailed_again(self, desk: MailDesk, kind: EmailKind) -> None:
        mail_id = desk.post(kind)
        desk.sender.send_now(mail_id)

        assert desk.relay.taken == []
        mail = desk.mail(mail_id)
        assert (mail.state, mail.last_error) == (
            EmailState.FAILED,
            "The address has bounced or complained before.",
        )

    @pytest.mark.parametrize("kind", [kind for kind in EmailKind if kind.is_security])
    def test_but_for_security_mail(self, desk: MailDesk, kind: EmailKind) -> None:
        mail_id = desk.post(kind, otp="042137")
        desk.sender.send_now(mail_id)

        assert desk.mail(mail_id).state is EmailState.SENT

    def test_in_whatever_case_it_is_written(self, desk: MailDesk) -> None:
        desk.ada = replace(desk.ada, email="Ada@EXAMPLE.com")
        mail_id = desk.post()
        desk.sender.send_now(mail_id)

        assert desk.mail(mail_id).state is EmailState.FAILED


class TestUnsubscribeHeaders:
    @pytest.mark.parametrize("kind", [kind for kind in EmailKind if not kind.is_security])
    def test_a_mail_that_can_be_turned_off_says_how(self, desk: MailDesk, kind: EmailKind) -> None:
        desk.sender.send_now(desk.post(kind))

        (envelope,) = desk.relay.taken
        link = envelope.headers["List-Unsubscribe"]
        assert link.startswith(f"<{LINK_BASE}?token=")
        assert envelope.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert link.strip("<>") in envelope.rendered.text
        assert desk.unsubscribing.unsubscribe(link.strip("<>").partition("token=")[2]) is kind

    @pytest.mark.parametrize("kind", [kind for kind in EmailKind if kind.is_security])
    def test_one_that_cannot_does_not(self, desk: MailDesk, kind: EmailKind) -> None:
        desk.sender.send_now(desk.post(kind, otp="042137"))

        assert desk.relay.taken[0].headers == {}
