from __future__ import annotations

import pytest

from core.domain.errors import Invalid, TooManyRequests, Unavailable
from core.domain.identity.audit import Origin
from core.domain.mail.emails import EmailKind
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.account_desk import ELSEWHERE, HOME, AccountDesk, AwayLimiter

ADA = "ada@example.com"
NOBODY = "nobody@example.com"


@pytest.fixture
def desk(stores: Stores, clock: ManualClock) -> AccountDesk:
    made = AccountDesk(stores, clock)
    made.sign_up(ADA)
    return made


def refused(desk: AccountDesk, email: str, origin: Origin = HOME) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as refusal:
        desk.password_reset.request(email, origin)
    assert refusal.value.code == "too_many_otp_requests"
    return refusal.value


def test_it_works(desk: AccountDesk) -> None:
    desk.password_reset.request(ADA, HOME)

    (mail,) = desk.mails(EmailKind.OTP)
    assert mail.to_email == ADA
    assert mail.context == {"full_name": "Ada Lovelace", "minutes": 10}


def test_each_request_is_one_mail(desk: AccountDesk) -> None:
    for _ in range(3):
        desk.password_reset.request(ADA, HOME)

    assert len(desk.mails(EmailKind.OTP)) == 3


def test_what_is_no_email_address_is_refused(desk: AccountDesk) -> None:
    with pytest.raises(Invalid):
        desk.password_reset.request("not an address", HOME)


class TestAtMostThreeAnHourPerEmail:
    @pytest.mark.parametrize("email", [ADA, NOBODY])
    def test_the_fourth_is_refused_with_or_without_an_account(self, desk: AccountDesk, email: str) -> None:
        for minute in range(3):
            desk.password_reset.request(email, HOME)
            desk.clock.advance(minutes=minute)

        assert refused(desk, email).retry_after_seconds == 57 * 60

    def test_an_hour_after_the_first_there_is_one_more(self, desk: AccountDesk) -> None:
        for _ in range(3):
            desk.password_reset.request(ADA, HOME)
            desk.clock.advance(minutes=10)
        desk.clock.advance(minutes=29, seconds=59)
        refused(desk, ADA)

        desk.clock.advance(seconds=1)
        desk.password_reset.request(ADA, HOME)
        refused(desk, ADA)

    def test_all_spellings_of_an_email_are_one(self, desk: AccountDesk) -> None:
        for spelling in ("ADA@example.com", "ada@EXAMPLE.com", " Ada@Example.Com "):
            desk.password_reset.request(spelling, HOME)

        refused(desk, ADA)

    def test_other_addresses_do_not_help(self, desk: AccountDesk) -> None:
        for number in range(3):
            desk.password_reset.request(ADA, Origin(f"192.0.2.{number}"))

        refused(desk, ADA, ELSEWHERE)

    def test_a_refused_request_leaves_the_last_otp_good(self, desk: AccountDesk) -> None:
        desk.otp()
        desk.otp()
        otp = desk.otp()
        refused(desk, ADA)

        assert desk.password_reset.verify(ADA, otp, HOME)
        assert len(desk.mails(EmailKind.OTP)) == 3


class TestLimitOfAnAddress:
    def test_after_twenty_emails_an_address_is_refused(self, desk: AccountDesk) -> None:
        for number in range(20):
            desk.password_reset.request(f"person{number}@example.com", HOME)

        refused(desk, ADA)

    def test_others_are_not(self, desk: AccountDesk) -> None:
        for number in range(20):
            desk.password_reset.request(f"person{number}@example.com", ELSEWHERE)

        desk.password_reset.request(ADA, HOME)

    def test_who_is_over_it_cannot_use_up_the_requests_of_an_email(self, desk: AccountDesk) -> None:
        for number in range(20):
            desk.password_reset.request(f"person{number}@example.com", ELSEWHERE)
        for _ in range(3):
            refused(desk, ADA, ELSEWHERE)

        desk.password_reset.request(ADA, HOME)


class TestAnEmailWithoutAnAccount:
    def test_nothing_is_mailed(self, desk: AccountDesk) -> None:
        desk.password_reset.request(NOBODY, HOME)

        assert desk.mails(EmailKind.OTP) == []

    def test_the_same_work_is_done_for_it(self, desk: AccountDesk) -> None:
        desk.password_reset.request(ADA, HOME)
        desk.password_reset.request(NOBODY, HOME)

        (_, of_ada, ada_seconds), (_, of_nobody, nobody_seconds) = desk.secrets.kept
        assert (len(of_ada), ada_seconds) == (len(of_nobody), nobody_seconds)

    def test_it_is_answered_after_the_same_time(self, desk: AccountDesk) -> None:
        desk.password_reset.request(ADA, HOME)
        desk.password_reset.request(NOBODY, HOME)

        of_ada, of_nobody = desk.pause.waited
        assert of_ada == of_nobody == 0.15

    def test_the_time_that_the_work_took_is_part_of_it(
        self, desk: AccountDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put = desk.secrets.put

        def slow_put(key: str, value: str, ttl_seconds: int) -> None:
            desk.clock.advance(milliseconds=40)
            put(key, value, ttl_seconds)

        monkeypatch.setattr(desk.secrets, "put", slow_put)
        desk.password_reset.request(NOBODY, HOME)

        assert desk.pause.waited == [pytest.approx(0.11)]

    def test_the_wait_is_never_negative(self, desk: AccountDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(desk.secrets, "put", lambda *_: desk.clock.advance(seconds=1))
        desk.password_reset.request(NOBODY, HOME)

        assert desk.pause.waited == [0]


class TestWithoutTheSharedStore:
    def test_without_limits_there_is_no_otp(self, stores: Stores, clock: ManualClock) -> None:
        desk = AccountDesk(stores, clock, limiter=AwayLimiter(clock))
        desk.sign_up(ADA)

        with pytest.raises(Unavailable):
            desk.password_reset.request(ADA, HOME)

        assert desk.secrets.kept == []
        assert desk.mails(EmailKind.OTP) == []

    def test_no_step_passes_without_the_secrets(self, desk: AccountDesk) -> None:
        otp, token = desk.otp(), desk.reset_token()
        desk.secrets.is_away = True

        with pytest.raises(Unavailable):
            desk.password_reset.request(ADA, HOME)
        with pytest.raises(Unavailable):
            desk.password_reset.verify(ADA, otp, HOME)
        with pytest.raises(Unavailable):
            desk.password_reset.confirm(token, "another horse battery", HOME)
        assert len(desk.mails(EmailKind.OTP)) == 2
