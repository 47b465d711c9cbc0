from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.mail.emails import DeliveryEvent, EmailKind, EmailState
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.mail_services import LINK_BASE, MailServices


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> MailServices:
    return MailServices(stores, clock)


def send_until_it_is_over(services: MailServices, mail_id: str) -> list[timedelta]:
    """Lets the clock run to each try; how long it waited before each."""
    waits = []
    while services.mail(mail_id).state is EmailState.QUEUED:
        wait = services.mail(mail_id).run_after - services.clock.now()
        services.clock.advance(seconds=wait.total_seconds())
        waits.append(wait)
        services.sender.send_now(mail_id)
    return waits


class TestSecretsOfAMail:
    def test_they_are_forgotten_once_it_is_sent(self, services: MailServices) -> None:
        mail_id = services.post(EmailKind.OTP)
        services.sender.send_now(mail_id)

        assert services.mail(mail_id).sealed_context is None

    def test_they_are_kept_while_it_is_tried(self, services: MailServices) -> None:
        mail_id = services.post(EmailKind.OTP)
        services.relay.fail("421 later", is_transient=True)
        send_until_it_is_over(services, mail_id)

        assert "042137" in services.relay.taken[0].rendered.text
        assert services.mail(mail_id).sealed_context is None

    def test_they_are_forgotten_when_it_has_failed(self, services: MailServices) -> None:
        mail_id = services.post(EmailKind.OTP)
        services.relay.fail("550 no such user", is_transient=False)
        services.sender.send_now(mail_id)

        assert services.mail(mail_id).sealed_context is None

    def test_they_are_forgotten_when_it_is_reported_on(
        self, services: MailServices, clock: ManualClock
    ) -> None:
        mail_id = services.post(EmailKind.OTP)
        services.delivery.take(
            [DeliveryEvent(mail_id, "ada@example.com", EmailState.BOUNCED, True, "550", clock.now())]
        )

        assert services.mail(mail_id).sealed_context is None

    def test_a_mail_sealed_with_a_lost_key_has_failed(self, services: MailServices) -> None:
        mail_id = services.post(EmailKind.OTP)
        services.stores.mails.save(replace(services.mail(mail_id), sealed_context="sealed with another key"))
        services.sender.send_now(mail_id)

        assert services.mail(mail_id).state is EmailState.FAILED
        assert services.relay.taken == []


class TestAnAddressThatBounced:
    @pytest.fixture(autouse=True)
    def bounced(self, services: MailServices, clock: ManualClock) -> None:
        services.stores.suppressions.add("ada@example.com", "550 no such user", clock.now())

    @pytest.mark.parametrize("kind", [kind for kind in EmailKind if not kind.is_security])
    def test_it_is_not_mailed_again(self, services: MailServices, kind: EmailKind) -> None:
        mail_id = services.post(kind)
        services.sender.send_now(mail_id)

        assert services.relay.taken == []
        mail = services.mail(mail_id)
        assert (mail.state, mail.last_error) == (
            EmailState.FAILED,
            "The address has bounced or complained before.",
        )

    @pytest.mark.parametrize("kind", [kind for kind in EmailKind if kind.is_security])
    def test_but_for_security_mail(self, services: MailServices, kind: EmailKind) -> None:
        mail_id = services.post(kind)
        services.sender.send_now(mail_id)

        assert services.mail(mail_id).state is EmailState.SENT

    def test_in_whatever_case_it_is_written(self, services: MailServices) -> None:
        services.ada = replace(services.ada, email="Ada@EXAMPLE.com")
        mail_id = services.post()
        services.sender.send_now(mail_id)

        assert services.mail(mail_id).state is EmailState.FAILED


class TestUnsubscribeHeaders:
    @pytest.mark.parametrize("kind", [kind for kind in EmailKind if not kind.is_security])
    def test_a_mail_that_can_be_turned_off_says_how(self, services: MailServices, kind: EmailKind) -> None:
        services.sender.send_now(services.post(kind))

        (envelope,) = services.relay.taken
        link = envelope.headers["List-Unsubscribe"]
        assert link.startswith(f"<{LINK_BASE}?token=")
        assert envelope.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert link.strip("<>") in envelope.rendered.text
        assert services.email_preferences.unsubscribe(link.strip("<>").partition("token=")[2]) is kind

    @pytest.mark.parametrize("kind", [kind for kind in EmailKind if kind.is_security])
    def test_one_that_cannot_does_not(self, services: MailServices, kind: EmailKind) -> None:
        services.sender.send_now(services.post(kind))

        assert services.relay.taken[0].headers == {}
