from __future__ import annotations

import pytest

from core.domain.errors import Invalid, NotAuthenticated, NotFound, TooManyRequests
from core.domain.identity.audit import Outcome, SecurityAction
from core.domain.identity.logins import Identity
from core.domain.mail.emails import EmailKind
from core.services.identity.logins import LoggedIn
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.account_services import ELSEWHERE, HOME, NEW_PASSWORD, PASSWORD, AccountServices

ADA = "ada@example.com"


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> AccountServices:
    return AccountServices(stores, clock)


@pytest.fixture
def logged_in(services: AccountServices) -> LoggedIn:
    return services.sign_up(ADA)


@pytest.fixture
def identity(services: AccountServices, logged_in: LoggedIn) -> Identity:
    return services.logins.authenticate(logged_in.access_token)


def refused(services: AccountServices, identity: Identity, current: str, new: str) -> str:
    with pytest.raises(Invalid) as refusal:
        services.password_change.change(identity, current, new, HOME)
    return refusal.value.code


def test_it_works(services: AccountServices, identity: Identity) -> None:
    services.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)

    services.accounts.login(ADA, NEW_PASSWORD, HOME)
    with pytest.raises(NotAuthenticated):
        services.accounts.login(ADA, PASSWORD, HOME)


def test_it_ends_all_logins_but_the_one_that_asked(services: AccountServices, identity: Identity) -> None:
    others = [services.accounts.login(ADA, PASSWORD, ELSEWHERE) for _ in range(2)]
    services.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)

    assert services.logins.active_among([identity.login_id]) == {identity.login_id}
    for other in others:
        with pytest.raises(NotAuthenticated):
            services.logins.authenticate(other.access_token)


def test_the_user_is_told_by_mail_when_and_from_where(services: AccountServices, identity: Identity) -> None:
    services.password_change.change(identity, PASSWORD, NEW_PASSWORD, ELSEWHERE)

    (notice,) = services.mails(EmailKind.PASSWORD_CHANGED)
    assert notice.context["at"] == "2026-01-15T09:30:00+00:00"
    assert (notice.context["address"], notice.context["device"]) == ("198.51.100.9", "curl/8.5.0")


def test_each_change_is_told(services: AccountServices, identity: Identity) -> None:
    services.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)
    services.password_change.change(identity, NEW_PASSWORD, "a third horse battery", HOME)

    assert len(services.mails(EmailKind.PASSWORD_CHANGED)) == 2


def test_a_wrong_current_password_is_refused(services: AccountServices, identity: Identity) -> None:
    assert refused(services, identity, "wrong", NEW_PASSWORD) == "current_password_wrong"

    assert services.mails(EmailKind.PASSWORD_CHANGED) == []
    services.accounts.login(ADA, PASSWORD, HOME)


@pytest.mark.parametrize(
    ("new_password", "code"),
    [
        ("short", "password_too_short"),
        ("x" * 1025, "password_too_long"),
        ("password1", "password_too_common"),
        (ADA, "password_is_email"),
        (PASSWORD, "password_reused"),
    ],
)
def test_a_broken_rule_is_named(
    services: AccountServices, identity: Identity, new_password: str, code: str
) -> None:
    assert refused(services, identity, PASSWORD, new_password) == code

    services.accounts.login(ADA, PASSWORD, HOME)


def test_guessing_the_current_password_is_limited_like_logins(
    services: AccountServices, identity: Identity
) -> None:
    for _ in range(10):
        refused(services, identity, "wrong", NEW_PASSWORD)

    with pytest.raises(TooManyRequests):
        services.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)
    services.password_change.change(identity, PASSWORD, NEW_PASSWORD, ELSEWHERE)


def test_every_outcome_is_in_the_trail(services: AccountServices, identity: Identity) -> None:
    refused(services, identity, PASSWORD, "short")
    services.password_change.change(identity, PASSWORD, NEW_PASSWORD, ELSEWHERE)
    for _ in range(10):
        refused(services, identity, "wrong", "a third horse battery")
    with pytest.raises(TooManyRequests):
        services.password_change.change(identity, NEW_PASSWORD, "a third horse battery", HOME)

    events = services.events(identity.user_id, SecurityAction.PASSWORD_CHANGED)
    assert len(events) == 13
    assert set(events) == {
        (Outcome.SUCCEEDED, ""),
        (Outcome.FAILED, "password_too_short"),
        (Outcome.FAILED, "current_password_wrong"),
        (Outcome.REFUSED, "too_many_failed_logins"),
    }


def test_a_user_who_is_gone_is_not_found(services: AccountServices, identity: Identity) -> None:
    nobody = Identity("nobody", identity.login_id, identity.expires_at)

    with pytest.raises(NotFound):
        services.password_change.change(nobody, PASSWORD, NEW_PASSWORD, HOME)
