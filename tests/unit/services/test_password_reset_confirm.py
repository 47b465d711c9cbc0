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
from tests.unit.services.account_desk import ELSEWHERE, HOME, NEW_PASSWORD, PASSWORD, AccountDesk

ADA = "ada@example.com"


@pytest.fixture
def desk(stores: Stores, clock: ManualClock) -> AccountDesk:
    return AccountDesk(stores, clock)


@pytest.fixture
def logged_in(desk: AccountDesk) -> LoggedIn:
    return desk.sign_up(ADA)


@pytest.fixture
def token(desk: AccountDesk, logged_in: LoggedIn) -> str:
    return desk.reset_token(ADA)


def refused(desk: AccountDesk, token: str, password: str = NEW_PASSWORD) -> None:
    with pytest.raises(Malformed) as refusal:
        desk.password_reset.confirm(token, password, HOME)
    assert refusal.value.code == "reset_token_invalid"


def test_it_works(desk: AccountDesk, token: str) -> None:
    desk.password_reset.confirm(token, NEW_PASSWORD, HOME)

    desk.accounts.login(ADA, NEW_PASSWORD, HOME)
    with pytest.raises(NotAuthenticated):
        desk.accounts.login(ADA, PASSWORD, HOME)


class TestTheToken:
    def test_it_is_good_once(self, desk: AccountDesk, token: str) -> None:
        desk.password_reset.confirm(token, NEW_PASSWORD, HOME)

        refused(desk, token, "a third horse battery")
        desk.accounts.login(ADA, NEW_PASSWORD, HOME)

    def test_of_many_who_use_it_at_once_one_succeeds(self, desk: AccountDesk, token: str) -> None:
        passwords = [f"horse battery number {number}" for number in range(5)]

        def use(password: str) -> str | None:
            with suppress(Malformed):
                desk.password_reset.confirm(token, password, HOME)
                return password
            return None

        with ThreadPoolExecutor(5) as people:
            (won,) = [password for password in people.map(use, passwords) if password is not None]

        desk.accounts.login(ADA, won, HOME)

    def test_it_is_good_for_ten_minutes(self, desk: AccountDesk, token: str) -> None:
        desk.clock.advance(minutes=9, seconds=59)

        desk.password_reset.confirm(token, NEW_PASSWORD, HOME)

    def test_after_ten_minutes_it_is_refused(self, desk: AccountDesk, token: str) -> None:
        desk.clock.advance(minutes=10)

        refused(desk, token)

    @pytest.mark.parametrize("forged", ["", "x", "é", "0" * 200])
    def test_what_is_no_token_is_refused(self, desk: AccountDesk, token: str, forged: str) -> None:
        refused(desk, forged)

    def test_an_otp_is_no_token(self, desk: AccountDesk, logged_in: LoggedIn) -> None:
        refused(desk, desk.otp())

    def test_a_broken_rule_does_not_use_it_up(self, desk: AccountDesk, token: str) -> None:
        with pytest.raises(Invalid) as broken:
            desk.password_reset.confirm(token, "short", HOME)

        assert broken.value.code == "password_too_short"
        desk.password_reset.confirm(token, NEW_PASSWORD, HOME)

    def test_all_tokens_are_void_once_the_password_is_set(self, desk: AccountDesk, token: str) -> None:
        another = desk.reset_token(ADA)
        desk.password_reset.confirm(another, NEW_PASSWORD, HOME)

        refused(desk, token, "a third horse battery")

    def test_it_is_void_once_the_password_is_changed_by_its_owner(
        self, desk: AccountDesk, logged_in: LoggedIn, token: str
    ) -> None:
        identity = desk.logins.authenticate(logged_in.access_token)
        desk.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)

        refused(desk, token, "a third horse battery")


class TestWhatItEnds:
    def test_every_login_of_the_user(self, desk: AccountDesk, logged_in: LoggedIn, token: str) -> None:
        logins = [logged_in, desk.accounts.login(ADA, PASSWORD, HOME)]
        for login in logins:
            desk.logins.authenticate(login.access_token)
        desk.password_reset.confirm(token, NEW_PASSWORD, HOME)

        assert desk.logins.active_among([login.login_id for login in logins]) == set()
        for login in logins:
            with pytest.raises(NotAuthenticated) as ended:
                desk.logins.authenticate(login.access_token)
            assert ended.value.code == "login_ended"
            with pytest.raises(NotAuthenticated):
                desk.logins.refresh(login.refresh_token, HOME)

    def test_no_login_of_anybody_else(self, desk: AccountDesk, token: str) -> None:
        eve = desk.sign_up("eve@example.com")
        desk.password_reset.confirm(token, NEW_PASSWORD, HOME)

        assert isinstance(desk.logins.authenticate(eve.access_token), Identity)


def test_the_user_is_told_by_mail_when_and_from_where(desk: AccountDesk, token: str) -> None:
    desk.password_reset.confirm(token, NEW_PASSWORD, ELSEWHERE)

    (notice,) = desk.mails(EmailKind.PASSWORD_CHANGED)
    assert notice.to_email == ADA
    assert notice.context == {
        "full_name": "Ada Lovelace",
        "at": "15 January 2026, 09:30 UTC",
        "address": "198.51.100.9",
        "device": "curl/8.5.0",
    }
