from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from core.domain.errors import Invalid, Malformed, NotAuthenticated
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
def token(services: AccountServices, logged_in: LoggedIn) -> str:
    return services.reset_token(ADA)


def refused(services: AccountServices, token: str, password: str = NEW_PASSWORD) -> None:
    with pytest.raises(Malformed) as refusal:
        services.password_reset.confirm(token, password, HOME)
    assert refusal.value.code == "reset_token_invalid"


def test_it_works(services: AccountServices, token: str) -> None:
    services.password_reset.confirm(token, NEW_PASSWORD, HOME)

    services.accounts.login(ADA, NEW_PASSWORD, HOME)
    with pytest.raises(NotAuthenticated):
        services.accounts.login(ADA, PASSWORD, HOME)


class TestTheToken:
    def test_it_is_good_once(self, services: AccountServices, token: str) -> None:
        services.password_reset.confirm(token, NEW_PASSWORD, HOME)

        refused(services, token, "a third horse battery")
        services.accounts.login(ADA, NEW_PASSWORD, HOME)

    def test_of_many_who_use_it_at_once_one_succeeds(self, services: AccountServices, token: str) -> None:
        passwords = [f"horse battery number {number}" for number in range(5)]

        def use(password: str) -> str | None:
            with suppress(Malformed):
                services.password_reset.confirm(token, password, HOME)
                return password
            return None

        with ThreadPoolExecutor(5) as people:
            (won,) = [password for password in people.map(use, passwords) if password is not None]

        services.accounts.login(ADA, won, HOME)

    def test_it_is_good_for_ten_minutes(self, services: AccountServices, token: str) -> None:
        services.clock.advance(minutes=9, seconds=59)

        services.password_reset.confirm(token, NEW_PASSWORD, HOME)

    def test_after_ten_minutes_it_is_refused(self, services: AccountServices, token: str) -> None:
        services.clock.advance(minutes=10)

        refused(services, token)

    @pytest.mark.parametrize("forged", ["", "x", "é", "0" * 200])
    def test_what_is_no_token_is_refused(self, services: AccountServices, token: str, forged: str) -> None:
        refused(services, forged)

    def test_an_otp_is_no_token(self, services: AccountServices, logged_in: LoggedIn) -> None:
        refused(services, services.otp())

    def test_a_broken_rule_does_not_use_it_up(self, services: AccountServices, token: str) -> None:
        with pytest.raises(Invalid) as broken:
            services.password_reset.confirm(token, "short", HOME)

        assert broken.value.code == "password_too_short"
        services.password_reset.confirm(token, NEW_PASSWORD, HOME)

    def test_all_tokens_are_void_once_the_password_is_set(
        self, services: AccountServices, token: str
    ) -> None:
        another = services.reset_token(ADA)
        services.password_reset.confirm(another, NEW_PASSWORD, HOME)

        refused(services, token, "a third horse battery")

    def test_it_is_void_once_the_password_is_changed_by_its_owner(
        self, services: AccountServices, logged_in: LoggedIn, token: str
    ) -> None:
        identity = services.logins.authenticate(logged_in.access_token)
        services.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)

        refused(services, token, "a third horse battery")


class TestWhatItEnds:
    def test_every_login_of_the_user(
        self, services: AccountServices, logged_in: LoggedIn, token: str
    ) -> None:
        logins = [logged_in, services.accounts.login(ADA, PASSWORD, HOME)]
        for login in logins:
            services.logins.authenticate(login.access_token)
        services.password_reset.confirm(token, NEW_PASSWORD, HOME)

        assert services.logins.active_among([login.login_id for login in logins]) == set()
        for login in logins:
            with pytest.raises(NotAuthenticated) as ended:
                services.logins.authenticate(login.access_token)
            assert ended.value.code == "login_ended"
            with pytest.raises(NotAuthenticated):
                services.logins.refresh(login.refresh_token, HOME)

    def test_no_login_of_anybody_else(self, services: AccountServices, token: str) -> None:
        eve = services.sign_up("eve@example.com")
        services.password_reset.confirm(token, NEW_PASSWORD, HOME)

        assert isinstance(services.logins.authenticate(eve.access_token), Identity)


def test_the_user_is_told_by_mail_when_and_from_where(services: AccountServices, token: str) -> None:
    services.password_reset.confirm(token, NEW_PASSWORD, ELSEWHERE)

    (notice,) = services.mails(EmailKind.PASSWORD_CHANGED)
    assert notice.to_email == ADA
    assert notice.context == {
        "at": "2026-01-15T09:30:00+00:00",
        "address": "198.51.100.9",
        "device": "curl/8.5.0",
    }
