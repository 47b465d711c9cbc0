from __future__ import annotations

import pytest

from core.domain.errors import Malformed, NotFound
from core.domain.mail.emails import OPTIONAL_EMAILS, EmailKind
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.mail_desk import LINK_BASE, MailDesk


@pytest.fixture
def desk(stores: Stores, clock: ManualClock) -> MailDesk:
    return MailDesk(stores, clock)


def token(desk: MailDesk, kind: EmailKind, user_id: str | None = None) -> str:
    link = desk.unsubscribing.link(user_id or desk.ada.id, kind)
    base, _, found = link.partition("?token=")
    assert base == LINK_BASE
    return found


def refused(desk: MailDesk, offered: str) -> None:
    with pytest.raises(Malformed) as refusal:
        desk.unsubscribing.unsubscribe(offered)
    assert refusal.value.code == "unsubscribe_token_invalid"


def test_at_first_a_user_gets_everything(desk: MailDesk) -> None:
    assert desk.unsubscribing.preferences(desk.ada.id) == dict.fromkeys(OPTIONAL_EMAILS, True)


@pytest.mark.parametrize("kind", OPTIONAL_EMAILS)
def test_a_link_turns_off_its_kind_and_no_other(desk: MailDesk, kind: EmailKind) -> None:
    assert desk.unsubscribing.unsubscribe(token(desk, kind)) is kind

    wishes = desk.unsubscribing.preferences(desk.ada.id)
    assert wishes == {each: each is not kind for each in OPTIONAL_EMAILS}


def test_the_link_of_a_mail_that_comes_once_turns_off_all_that_may_come(desk: MailDesk) -> None:
    assert desk.unsubscribing.unsubscribe(token(desk, EmailKind.WELCOME)) is EmailKind.WELCOME

    assert desk.unsubscribing.preferences(desk.ada.id) == dict.fromkeys(OPTIONAL_EMAILS, False)


def test_a_link_is_good_for_ever(desk: MailDesk, clock: ManualClock) -> None:
    offered = token(desk, EmailKind.EXPORT_READY)
    clock.advance(days=5_000)

    for _ in range(2):
        assert desk.unsubscribing.unsubscribe(offered) is EmailKind.EXPORT_READY


def test_it_fits_into_a_url(desk: MailDesk) -> None:
    offered = token(desk, EmailKind.EXPORT_READY)

    assert offered.isascii()
    assert set(offered) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("offered", ["", ".", "x", "x.y", "é.é", "MDFK.x", "\x00", "=" * 400])
def test_what_is_no_token_is_refused(desk: MailDesk, offered: str) -> None:
    refused(desk, offered)


def test_a_token_for_another_user_cannot_be_made_of_ones_own(desk: MailDesk) -> None:
    payload, _, signature = token(desk, EmailKind.EXPORT_READY).partition(".")
    forged = token(desk, EmailKind.EXPORT_READY, "somebody else").partition(".")[0]

    assert forged != payload
    refused(desk, f"{forged}.{signature}")


def test_a_token_that_was_signed_for_something_else_is_refused(desk: MailDesk) -> None:
    refused(desk, desk.vault.sign("csrf", f"{desk.ada.id} export_ready"))


def test_the_link_of_a_user_who_is_gone_is_refused(desk: MailDesk) -> None:
    refused(desk, token(desk, EmailKind.EXPORT_READY, "gone"))


class TestPreferences:
    def test_they_are_changed_as_named(self, desk: MailDesk) -> None:
        changed = desk.unsubscribing.set_preferences(desk.ada.id, {EmailKind.EXPORT_READY: False})

        assert changed == desk.unsubscribing.preferences(desk.ada.id)
        assert [kind for kind, is_wanted in changed.items() if not is_wanted] == [EmailKind.EXPORT_READY]

    def test_what_was_turned_off_can_be_turned_on_again(self, desk: MailDesk) -> None:
        desk.unsubscribing.unsubscribe(token(desk, EmailKind.EXPORT_READY))
        desk.unsubscribing.set_preferences(desk.ada.id, {EmailKind.EXPORT_READY: True})

        assert all(desk.unsubscribing.preferences(desk.ada.id).values())

    def test_what_does_not_change_is_not_written(self, desk: MailDesk) -> None:
        desk.unsubscribing.set_preferences(desk.ada.id, {EmailKind.EXPORT_READY: True})

        user = desk.stores.users.get(desk.ada.id)
        assert user is not None
        assert user.version == 1

    def test_those_of_nobody_are_not_found(self, desk: MailDesk) -> None:
        with pytest.raises(NotFound):
            desk.unsubscribing.preferences("nobody")
        with pytest.raises(NotFound):
            desk.unsubscribing.set_preferences("nobody", {})
