"""Links that verify an address: who gets them, how long they are valid, and what they change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import Malformed, NotFound, TooManyRequests
from core.domain.identity.audit import Outcome, SecurityAction
from core.domain.mail.emails import EmailKind
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.account_services import ELSEWHERE, HOME, NEW_PASSWORD, PASSWORD, AccountServices

ADA = "ada@example.com"


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> AccountServices:
    return AccountServices(stores, clock)


@pytest.fixture
def user_id(services: AccountServices) -> str:
    return services.sign_up(ADA).user.id


def token(services: AccountServices, user_id: str, address: str = ADA) -> str:
    return services.verification_links.link(user_id, address).partition("?token=")[2]


def refused(services: AccountServices, offered: str, code: str = "verification_token_invalid") -> None:
    with pytest.raises(Malformed) as refusal:
        services.email_verification.verify(offered, HOME)
    assert refusal.value.code == code


def test_a_link_verifies_the_address(services: AccountServices, user_id: str, clock: ManualClock) -> None:
    assert services.user(user_id).email_verified_at is None
    clock.advance(minutes=5)

    services.email_verification.verify(token(services, user_id), ELSEWHERE)

    assert services.user(user_id).email_verified_at == clock.now()
    (event,) = services.full_events(user_id, SecurityAction.EMAIL_VERIFIED)
    assert (event.outcome, event.origin) == (Outcome.SUCCEEDED, ELSEWHERE)


def test_verifying_twice_changes_nothing(services: AccountServices, user_id: str, clock: ManualClock) -> None:
    offered = token(services, user_id)
    services.email_verification.verify(offered, HOME)
    before = services.user(user_id)
    clock.advance(minutes=5)

    services.email_verification.verify(offered, HOME)

    assert services.user(user_id) == before
    assert len(services.events(user_id, SecurityAction.EMAIL_VERIFIED)) == 1


def test_a_link_is_valid_for_24_hours(services: AccountServices, user_id: str, clock: ManualClock) -> None:
    offered = token(services, user_id)
    clock.advance(hours=24)
    refused(services, offered, "verification_token_expired")
    assert services.user(user_id).email_verified_at is None

    clock.advance(seconds=-1)
    services.email_verification.verify(offered, HOME)
    assert services.user(user_id).has_verified_email


def test_a_link_to_another_address_is_refused(services: AccountServices, user_id: str) -> None:
    refused(services, token(services, user_id, "eve@example.com"))

    assert not services.user(user_id).has_verified_email


def test_a_link_stops_with_the_address_it_was_sent_to(services: AccountServices, user_id: str) -> None:
    offered = token(services, user_id)
    user = services.user(user_id)
    services.stores.users.save(replace(user, email="new@example.com", email_key="new@example.com"))

    refused(services, offered)


def test_another_spelling_of_the_address_is_the_same(services: AccountServices, user_id: str) -> None:
    services.email_verification.verify(token(services, user_id, "ADA@Example.com"), HOME)

    assert services.user(user_id).has_verified_email


def test_a_link_of_a_user_who_is_gone_is_refused(services: AccountServices) -> None:
    refused(services, token(services, "gone"))


@pytest.mark.parametrize("offered", ["", ".", "x", "x.y", "é.é", "MDFK.x", "\x00", "=" * 400])
def test_text_that_is_no_token_is_refused(services: AccountServices, offered: str) -> None:
    refused(services, offered)


def test_a_token_for_another_purpose_is_refused(services: AccountServices, user_id: str) -> None:
    signed = token(services, user_id)
    text = services.signer.verified("verify email", signed)
    assert text is not None

    refused(services, services.signer.sign("unsubscribe", text))
    refused(services, signed[:-1])


def test_a_link_does_not_show_the_address(services: AccountServices, user_id: str) -> None:
    text = services.signer.verified("verify email", token(services, user_id))

    assert text is not None
    assert "ada" not in text


def test_a_link_outlives_a_new_signing_key(
    services: AccountServices, user_id: str, stores: Stores, clock: ManualClock
) -> None:
    offered = token(services, user_id)
    old, new = "a secret for tests, long enough for all", "another secret for tests, long enough"
    rotated = AccountServices(stores, clock, secret_keys=(new, old))

    rotated.email_verification.verify(offered, HOME)

    assert rotated.user(user_id).has_verified_email


def test_a_password_change_keeps_the_verification(services: AccountServices, user_id: str) -> None:
    services.email_verification.verify(token(services, user_id), HOME)
    identity = services.logins.authenticate(services.accounts.login(ADA, PASSWORD, HOME).access_token)

    services.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)

    assert services.user(user_id).has_verified_email


class TestSendingAgain:
    def test_another_email_is_sent(self, services: AccountServices, user_id: str) -> None:
        services.email_verification.send_again(user_id)

        (email,) = services.mails(EmailKind.EMAIL_VERIFICATION)
        assert (email.to_email, email.user_id) == (ADA, user_id)
        assert (email.context, email.sealed_context) == ({}, None)

    def test_a_verified_user_gets_none(self, services: AccountServices, user_id: str) -> None:
        services.email_verification.verify(token(services, user_id), HOME)

        for _ in range(5):
            services.email_verification.send_again(user_id)

        assert services.mails(EmailKind.EMAIL_VERIFICATION) == []

    def test_three_are_sent_an_hour(
        self, services: AccountServices, user_id: str, clock: ManualClock
    ) -> None:
        eve = services.sign_up("eve@example.com").user.id
        for _ in range(3):
            services.email_verification.send_again(user_id)
        with pytest.raises(TooManyRequests) as refusal:
            services.email_verification.send_again(user_id)

        services.email_verification.send_again(eve)
        clock.advance(hours=1)
        services.email_verification.send_again(user_id)

        assert refusal.value.code == "too_many_verification_emails"
        assert len(services.mails(EmailKind.EMAIL_VERIFICATION)) == 5

    def test_a_user_who_is_gone_gets_none(self, services: AccountServices) -> None:
        with pytest.raises(NotFound):
            services.email_verification.send_again("gone")
