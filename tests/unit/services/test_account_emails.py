"""Emails that belong to an act of a user: written with it, and posted also after a crash."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from core.domain.errors import Unavailable
from core.domain.identity.users import PendingEmail
from core.domain.mail.emails import EmailKind
from core.domain.mail.messages import Welcome
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.faults import Faults
from tests.unit.services.account_services import HOME, NEW_PASSWORD, PASSWORD, AccountServices
from tests.unit.services.killing import Killed, killed_at_write


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> AccountServices:
    return AccountServices(stores, clock)


def test_it_works(services: AccountServices) -> None:
    user = services.sign_up().user

    assert len(services.mails(EmailKind.WELCOME)) == 1
    assert services.user(user.id) == user
    assert user.pending_emails == ()
    assert services.account_emails.sweep() == 0


@pytest.mark.parametrize("write", [1, 2, 3])
def test_who_has_signed_up_is_welcomed_wherever_the_process_dies(
    services: AccountServices, write: int, faults: Faults
) -> None:
    """The writes are: add the user, post the email, note that, and the audit log."""
    with killed_at_write(write, faults), pytest.raises(Killed):
        services.sign_up()

    services.account_emails.sweep()

    assert len(services.mails(EmailKind.WELCOME)) == 1
    assert services.account_emails.sweep() == 0


def test_nobody_is_welcomed_who_has_not_signed_up(services: AccountServices, faults: Faults) -> None:
    with killed_at_write(0, faults), pytest.raises(Killed):
        services.sign_up()

    assert services.account_emails.sweep() == 0
    assert services.mails(EmailKind.WELCOME) == []


@pytest.mark.parametrize("write", range(6))
def test_a_changed_password_is_told_wherever_the_process_dies(
    services: AccountServices, write: int, faults: Faults
) -> None:
    identity = services.logins.authenticate(services.sign_up().access_token)
    with killed_at_write(write, faults), suppress(Killed):
        services.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)

    services.account_emails.sweep()

    is_changed = services.user(identity.user_id).password_generation == 2
    assert len(services.mails(EmailKind.PASSWORD_CHANGED)) == is_changed
    assert services.account_emails.sweep() == 0


def test_each_change_of_the_password_is_told(services: AccountServices) -> None:
    identity = services.logins.authenticate(services.sign_up().access_token)
    services.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)
    services.password_change.change(identity, NEW_PASSWORD, "a third horse battery", HOME)

    assert len(services.mails(EmailKind.PASSWORD_CHANGED)) == 2


def test_an_outbox_that_is_unavailable_does_not_undo_the_act(
    services: AccountServices, faults: Faults
) -> None:
    def refuse_emails(table: str) -> None:
        if table == "mails":
            raise Unavailable("The database is unavailable.")

    with faults.before_write(refuse_emails):
        user = services.sign_up().user

    assert services.mails(EmailKind.WELCOME) == []
    assert services.account_emails.sweep() == 1
    assert len(services.mails(EmailKind.WELCOME)) == 1
    assert services.user(user.id).pending_emails == ()


def test_an_email_that_cannot_be_read_does_not_hold_up_the_others(
    services: AccountServices, clock: ManualClock
) -> None:
    users = [services.sign_up(f"user{number}@example.com").user for number in range(2)]
    broken = PendingEmail(EmailKind.PASSWORD_CHANGED, {}, "broken", clock.now())
    services.stores.users.save(users[0].with_pending(broken))
    clock.advance(seconds=1)
    good = PendingEmail.of(Welcome(), "good", clock.now())
    services.stores.users.save(replace(users[1], pending_emails=(good,)))

    services.account_emails.sweep(limit=1)
    services.account_emails.sweep(limit=1)

    assert len(services.mails(EmailKind.WELCOME)) == 3
    assert services.account_emails.sweep() == 0
