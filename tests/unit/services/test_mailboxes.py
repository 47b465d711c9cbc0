"""Two spellings of one mailbox are one account, also for accounts that an earlier release has stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import Conflict
from core.domain.identity.audit import Origin
from core.services.identity.mailboxes import user_of_mailbox
from entrypoints.wiring.application import Application
from tests.building import signed_up

PASSWORD = "correct horse battery"
UNICODE = "ada@müller.example"
ASCII = "ada@xn--mller-kva.example"
SPELLINGS = [(UNICODE, ASCII), (ASCII, UNICODE)]


def stored_by_an_earlier_release(application: Application, email: str, email_key: str | None = None) -> str:
    """The id of a user whose key keeps the form of the domain."""
    application_users = application.foundation.stores.users
    newcomer = signed_up(application, f"{len(email)}{ord(email[-9])}@elsewhere.example").user
    current = application_users.get(newcomer.id)
    assert current is not None
    application_users.save(replace(current, email=email, email_key=email_key or email))
    return newcomer.id


@pytest.mark.parametrize(("registered", "other"), SPELLINGS)
def test_another_spelling_logs_in(application: Application, registered: str, other: str) -> None:
    user = signed_up(application, registered).user

    assert application.identity.accounts.login(other, PASSWORD).user.id == user.id


@pytest.mark.parametrize(("registered", "other"), SPELLINGS)
def test_another_spelling_is_taken(application: Application, registered: str, other: str) -> None:
    signed_up(application, registered)

    with pytest.raises(Conflict, match="exists already"):
        signed_up(application, other)


@pytest.mark.parametrize(("stored", "other"), SPELLINGS)
def test_an_account_of_an_earlier_release_is_found(application: Application, stored: str, other: str) -> None:
    user_id = stored_by_an_earlier_release(application, stored)

    assert application.identity.accounts.login(stored, PASSWORD).user.id == user_id
    assert application.identity.accounts.login(other, PASSWORD).user.id == user_id
    with pytest.raises(Conflict):
        signed_up(application, other)


def test_each_account_of_an_existing_pair_logs_in(application: Application) -> None:
    ids = [stored_by_an_earlier_release(application, email) for email in (UNICODE, ASCII)]

    assert [application.identity.accounts.login(each, PASSWORD).user.id for each in (UNICODE, ASCII)] == ids


def test_an_old_key_of_another_domain_is_not_found(application: Application) -> None:
    """The old rule took sharp s for ss."""
    users = application.foundation.stores.users
    user_id = stored_by_an_earlier_release(application, "ada@straße.example", "ada@strasse.example")

    found = user_of_mailbox(users, "ada@straße.example")
    assert found is not None
    assert found.id == user_id
    assert user_of_mailbox(users, "ada@strasse.example") is None


def test_failed_logins_of_all_spellings_count_together(application: Application) -> None:
    limiter = application.foundation.shared.limiter
    origin = Origin("192.0.2.1")
    signed_up(application, UNICODE)
    for spelling in (UNICODE, ASCII):
        with pytest.raises(Exception, match="wrong"):
            application.identity.accounts.login(spelling, "another password", origin)

    counted = limiter.peek("10 per 15 minutes", "failed login", UNICODE, "192.0.2.1")
    assert counted.remaining == 8
