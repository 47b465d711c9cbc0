from __future__ import annotations

import pytest

from core.domain.errors import Malformed, NotFound
from core.domain.mail.emails import OPTIONAL_EMAILS, EmailKind
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.mail_services import LINK_BASE, MailServices


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> MailServices:
    return MailServices(stores, clock)


def token(services: MailServices, kind: EmailKind, user_id: str | None = None) -> str:
    link = services.links.link(user_id or services.ada.id, kind)
    base, _, found = link.partition("?token=")
    assert base == LINK_BASE
    return found


def refused(services: MailServices, offered: str) -> None:
    with pytest.raises(Malformed) as refusal:
        services.email_preferences.unsubscribe(offered)
    assert refusal.value.code == "unsubscribe_token_invalid"


def test_at_first_a_user_gets_everything(services: MailServices) -> None:
    assert services.email_preferences.preferences(services.ada.id) == dict.fromkeys(OPTIONAL_EMAILS, True)


@pytest.mark.parametrize("kind", OPTIONAL_EMAILS)
def test_a_link_turns_off_its_kind_and_no_other(services: MailServices, kind: EmailKind) -> None:
    assert services.email_preferences.unsubscribe(token(services, kind)) is kind

    wishes = services.email_preferences.preferences(services.ada.id)
    assert wishes == {each: each is not kind for each in OPTIONAL_EMAILS}


def test_the_link_of_an_optional_email_turns_off_its_kind(services: MailServices) -> None:
    assert services.email_preferences.unsubscribe(token(services, EmailKind.WELCOME)) is EmailKind.WELCOME

    assert services.email_preferences.preferences(services.ada.id) == dict.fromkeys(OPTIONAL_EMAILS, False)


def test_a_link_is_good_for_ever(services: MailServices, clock: ManualClock) -> None:
    offered = token(services, EmailKind.EXPORT_READY)
    clock.advance(days=5_000)

    for _ in range(2):
        assert services.email_preferences.unsubscribe(offered) is EmailKind.EXPORT_READY


def test_it_fits_into_a_url(services: MailServices) -> None:
    offered = token(services, EmailKind.EXPORT_READY)

    assert offered.isascii()
    assert set(offered) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("offered", ["", ".", "x", "x.y", "é.é", "MDFK.x", "\x00", "=" * 400])
def test_what_is_no_token_is_refused(services: MailServices, offered: str) -> None:
    refused(services, offered)


def test_a_token_for_another_user_cannot_be_made_of_ones_own(services: MailServices) -> None:
    payload, _, signature = token(services, EmailKind.EXPORT_READY).partition(".")
    forged = token(services, EmailKind.EXPORT_READY, "somebody else").partition(".")[0]

    assert forged != payload
    refused(services, f"{forged}.{signature}")


def test_a_token_that_was_signed_for_something_else_is_refused(services: MailServices) -> None:
    refused(services, services.signer.sign("csrf", f"{services.ada.id} export_ready"))


def test_the_link_of_a_user_who_is_gone_is_refused(services: MailServices) -> None:
    refused(services, token(services, EmailKind.EXPORT_READY, "gone"))


class TestPreferences:
    def test_they_are_changed_as_named(self, services: MailServices) -> None:
        changed = services.email_preferences.set_preferences(services.ada.id, {EmailKind.EXPORT_READY: False})

        assert changed == services.email_preferences.preferences(services.ada.id)
        assert [kind for kind, is_wanted in changed.items() if not is_wanted] == [EmailKind.EXPORT_READY]

    def test_what_was_turned_off_can_be_turned_on_again(self, services: MailServices) -> None:
        services.email_preferences.unsubscribe(token(services, EmailKind.EXPORT_READY))
        services.email_preferences.set_preferences(services.ada.id, {EmailKind.EXPORT_READY: True})

        assert all(services.email_preferences.preferences(services.ada.id).values())

    def test_what_does_not_change_is_not_written(self, services: MailServices) -> None:
        services.email_preferences.set_preferences(services.ada.id, {EmailKind.EXPORT_READY: True})

        user = services.stores.users.get(services.ada.id)
        assert user is not None
        assert user.version == 1

    def test_those_of_nobody_are_not_found(self, services: MailServices) -> None:
        with pytest.raises(NotFound):
            services.email_preferences.preferences("nobody")
        with pytest.raises(NotFound):
            services.email_preferences.set_preferences("nobody", {})
