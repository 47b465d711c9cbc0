from __future__ import annotations

import pytest

from core.domain.errors import NotAuthenticated, TooManyRequests
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.account_services import ELSEWHERE, HOME, PASSWORD, AccountServices, AwayLimiter

ADA = "ada@example.com"
NOBODY = "nobody@example.com"


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> AccountServices:
    return AccountServices(stores, clock)


@pytest.fixture
def user_id(services: AccountServices) -> str:
    return services.sign_up(ADA).user.id


def fail(services: AccountServices, times: int, email: str = ADA, origin: Origin = HOME) -> None:
    for _ in range(times):
        with pytest.raises(NotAuthenticated):
            services.accounts.login(email, "wrong", origin)


def refused(services: AccountServices, email: str = ADA, password: str = PASSWORD) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as refusal:
        services.accounts.login(email, password, HOME)
    assert refusal.value.code == "too_many_failed_logins"
    return refusal.value


def test_a_few_mistakes_cost_nothing(services: AccountServices, user_id: str) -> None:
    fail(services, 5)

    services.accounts.login(ADA, PASSWORD, HOME)
    assert services.sleeper.waited == []


def test_further_ones_slow_down(services: AccountServices, user_id: str) -> None:
    fail(services, 10)

    assert services.sleeper.waited == [0.25, 0.5, 0.75, 1.0]


def test_after_ten_failures_even_the_right_password_is_refused(
    services: AccountServices, user_id: str
) -> None:
    fail(services, 10)

    assert refused(services).retry_after_seconds == 15 * 60


def test_the_right_password_from_elsewhere_still_works(services: AccountServices, user_id: str) -> None:
    fail(services, 10)

    services.accounts.login(ADA, PASSWORD, ELSEWHERE)
    assert services.sleeper.waited == [0.25, 0.5, 0.75, 1.0]


def test_a_stranger_cannot_lock_anybody_out_by_any_number_of_failures(
    services: AccountServices, user_id: str
) -> None:
    for number in range(20):
        fail(services, 10, origin=Origin(f"192.0.2.{number}"))

    services.accounts.login(ADA, PASSWORD, HOME)


def test_other_accounts_are_not_affected(services: AccountServices, user_id: str) -> None:
    services.sign_up("grace@example.com")
    fail(services, 10)

    services.accounts.login("grace@example.com", PASSWORD, HOME)


def test_all_spellings_of_an_email_are_one(services: AccountServices, user_id: str) -> None:
    for number in range(10):
        fail(services, 1, "ADA@example.com" if number % 2 else " ada@EXAMPLE.com")

    refused(services)


def test_an_email_without_an_account_is_treated_alike(services: AccountServices, user_id: str) -> None:
    fail(services, 10, ADA)
    of_ada, services.sleeper.waited = services.sleeper.waited, []
    fail(services, 10, NOBODY)

    assert services.sleeper.waited == of_ada
    assert str(refused(services, NOBODY)) == str(refused(services, ADA))


def test_failures_are_forgotten_after_fifteen_minutes(
    services: AccountServices, clock: ManualClock, user_id: str
) -> None:
    fail(services, 10)
    clock.advance(minutes=14, seconds=59)
    refused(services)

    clock.advance(seconds=1)
    services.accounts.login(ADA, PASSWORD, HOME)


def test_being_refused_does_not_lengthen_the_wait(
    services: AccountServices, clock: ManualClock, user_id: str
) -> None:
    fail(services, 10)
    clock.advance(minutes=10)
    refused(services)

    assert refused(services).retry_after_seconds == 5 * 60


def test_logins_that_succeed_do_not_count(services: AccountServices, user_id: str) -> None:
    for _ in range(30):
        services.accounts.login(ADA, PASSWORD, HOME)

    assert services.sleeper.waited == []


def test_what_is_refused_is_in_the_trail(services: AccountServices, user_id: str) -> None:
    fail(services, 10)
    refused(services)

    events = services.events(user_id, SecurityAction.LOGGED_IN)
    assert events.count((Outcome.FAILED, "wrong password")) == 10
    assert events.count((Outcome.REFUSED, "too many failures")) == 1


def test_logins_go_on_while_the_shared_limits_are_away(stores: Stores, clock: ManualClock) -> None:
    services = AccountServices(stores, clock, limiter=AwayLimiter(clock))
    services.sign_up(ADA)
    services.accounts.login(ADA, PASSWORD, HOME)
    fail(services, 10)

    refused(services)
