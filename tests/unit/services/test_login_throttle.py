from __future__ import annotations

import pytest

from core.domain.errors import NotAuthenticated, TooManyRequests
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.account_desk import ELSEWHERE, HOME, PASSWORD, AccountDesk, AwayLimiter

ADA = "ada@example.com"
NOBODY = "nobody@example.com"


@pytest.fixture
def desk(stores: Stores, clock: ManualClock) -> AccountDesk:
    return AccountDesk(stores, clock)


@pytest.fixture
def user_id(desk: AccountDesk) -> str:
    return desk.sign_up(ADA).user.id


def fail(desk: AccountDesk, times: int, email: str = ADA, origin: Origin = HOME) -> None:
    for _ in range(times):
        with pytest.raises(NotAuthenticated):
            desk.accounts.login(email, "wrong", origin)


def refused(desk: AccountDesk, email: str = ADA, password: str = PASSWORD) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as refusal:
        desk.accounts.login(email, password, HOME)
    assert refusal.value.code == "too_many_failed_logins"
    return refusal.value


def test_a_few_mistakes_cost_nothing(desk: AccountDesk, user_id: str) -> None:
    fail(desk, 5)

    desk.accounts.login(ADA, PASSWORD, HOME)
    assert desk.pause.waited == []


def test_further_ones_slow_down(desk: AccountDesk, user_id: str) -> None:
    fail(desk, 10)

    assert desk.pause.waited == [0.25, 0.5, 0.75, 1.0]


def test_after_ten_failures_even_the_right_password_is_refused(desk: AccountDesk, user_id: str) -> None:
    fail(desk, 10)

    assert refused(desk).retry_after_seconds == 15 * 60


def test_the_right_password_from_elsewhere_still_works(desk: AccountDesk, user_id: str) -> None:
    fail(desk, 10)

    desk.accounts.login(ADA, PASSWORD, ELSEWHERE)
    assert desk.pause.waited == [0.25, 0.5, 0.75, 1.0]


def test_a_stranger_cannot_lock_anybody_out_by_any_number_of_failures(
    desk: AccountDesk, user_id: str
) -> None:
    for number in range(20):
        fail(desk, 10, origin=Origin(f"192.0.2.{number}"))

    desk.accounts.login(ADA, PASSWORD, HOME)


def test_other_accounts_are_not_affected(desk: AccountDesk, user_id: str) -> None:
    desk.sign_up("grace@example.com")
    fail(desk, 10)

    desk.accounts.login("grace@example.com", PASSWORD, HOME)


def test_all_spellings_of_an_email_are_one(desk: AccountDesk, user_id: str) -> None:
    for number in range(10):
        fail(desk, 1, "ADA@example.com" if number % 2 else " ada@EXAMPLE.com")

    refused(desk)


def test_an_email_without_an_account_is_treated_alike(desk: AccountDesk, user_id: str) -> None:
    fail(desk, 10, ADA)
    of_ada, desk.pause.waited = desk.pause.waited, []
    fail(desk, 10, NOBODY)

    assert desk.pause.waited == of_ada
    assert str(refused(desk, NOBODY)) == str(refused(desk, ADA))


def test_failures_are_forgotten_after_fifteen_minutes(
    desk: AccountDesk, clock: ManualClock, user_id: str
) -> None:
    fail(desk, 10)
    clock.advance(minutes=14, seconds=59)
    refused(desk)

    clock.advance(seconds=1)
    desk.accounts.login(ADA, PASSWORD, HOME)


def test_being_refused_does_not_lengthen_the_wait(
    desk: AccountDesk, clock: ManualClock, user_id: str
) -> None:
    fail(desk, 10)
    clock.advance(minutes=10)
    refused(desk)

    assert refused(desk).retry_after_seconds == 5 * 60


def test_logins_that_succeed_do_not_count(desk: AccountDesk, user_id: str) -> None:
    for _ in range(30):
        desk.accounts.login(ADA, PASSWORD, HOME)

    assert desk.pause.waited == []


def test_what_is_refused_is_in_the_trail(desk: AccountDesk, user_id: str) -> None:
    fail(desk, 10)
    refused(desk)

    events = desk.events(user_id, SecurityAction.LOGGED_IN)
    assert events.count((Outcome.FAILED, "wrong password")) == 10
    assert events.count((Outcome.REFUSED, "too many failures")) == 1


def test_logins_go_on_while_the_shared_limits_are_away(stores: Stores, clock: ManualClock) -> None:
    desk = AccountDesk(stores, clock, limiter=AwayLimiter(clock))
    desk.sign_up(ADA)
    desk.accounts.login(ADA, PASSWORD, HOME)
    fail(desk, 10)

    refused(desk)
