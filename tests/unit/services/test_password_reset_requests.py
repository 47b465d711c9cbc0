from __future__ import annotations

import pytest

from core.domain.errors import Invalid, TooManyRequests, Unavailable
from core.domain.identity.audit import Origin
from core.domain.mail.emails import EmailKind
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.account_services import ELSEWHERE, HOME, AccountServices, AwayLimiter

ADA = "ada@example.com"
NOBODY = "nobody@example.com"


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> AccountServices:
    made = AccountServices(stores, clock)
    made.sign_up(ADA)
    return made


def refused(services: AccountServices, email: str, origin: Origin = HOME) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as refusal:
        services.password_reset_otp.request(email, origin)
    assert refusal.value.code == "too_many_otp_requests"
    return refusal.value


def test_it_works(services: AccountServices) -> None:
    services.password_reset_otp.request(ADA, HOME)

    (mail,) = services.mails(EmailKind.OTP)
    assert mail.to_email == ADA
    assert mail.context == {"minutes": 10}


def test_each_request_is_one_mail(services: AccountServices) -> None:
    for _ in range(3):
        services.password_reset_otp.request(ADA, HOME)

    assert len(services.mails(EmailKind.OTP)) == 3


def test_what_is_no_email_address_is_refused(services: AccountServices) -> None:
    with pytest.raises(Invalid):
        services.password_reset_otp.request("not an address", HOME)


class TestAtMostThreeAnHourPerEmail:
    @pytest.mark.parametrize("email", [ADA, NOBODY])
    def test_the_fourth_is_refused_with_or_without_an_account(
        self, services: AccountServices, email: str
    ) -> None:
        for minute in range(3):
            services.password_reset_otp.request(email, HOME)
            services.clock.advance(minutes=minute)

        assert refused(services, email).retry_after_seconds == 57 * 60

    def test_an_hour_after_the_first_there_is_one_more(self, services: AccountServices) -> None:
        for _ in range(3):
            services.password_reset_otp.request(ADA, HOME)
            services.clock.advance(minutes=10)
        services.clock.advance(minutes=29, seconds=59)
        refused(services, ADA)

        services.clock.advance(seconds=1)
        services.password_reset_otp.request(ADA, HOME)
        refused(services, ADA)

    def test_all_spellings_of_an_email_are_one(self, services: AccountServices) -> None:
        for spelling in ("ADA@example.com", "ada@EXAMPLE.com", " Ada@Example.Com "):
            services.password_reset_otp.request(spelling, HOME)

        refused(services, ADA)

    def test_other_addresses_do_not_help(self, services: AccountServices) -> None:
        for number in range(3):
            services.password_reset_otp.request(ADA, Origin(f"192.0.2.{number}"))

        refused(services, ADA, ELSEWHERE)

    def test_a_refused_request_leaves_the_last_otp_good(self, services: AccountServices) -> None:
        services.otp()
        services.otp()
        otp = services.otp()
        refused(services, ADA)

        assert services.password_reset_otp.verify(ADA, otp, HOME)
        assert len(services.mails(EmailKind.OTP)) == 3


class TestLimitOfAnAddress:
    def test_after_twenty_emails_an_address_is_refused(self, services: AccountServices) -> None:
        for number in range(20):
            services.password_reset_otp.request(f"person{number}@example.com", HOME)

        refused(services, ADA)

    def test_others_are_not(self, services: AccountServices) -> None:
        for number in range(20):
            services.password_reset_otp.request(f"person{number}@example.com", ELSEWHERE)

        services.password_reset_otp.request(ADA, HOME)

    def test_who_is_over_it_cannot_use_up_the_requests_of_an_email(self, services: AccountServices) -> None:
        for number in range(20):
            services.password_reset_otp.request(f"person{number}@example.com", ELSEWHERE)
        for _ in range(3):
            refused(services, ADA, ELSEWHERE)

        services.password_reset_otp.request(ADA, HOME)


class TestAnEmailWithoutAnAccount:
    def test_nothing_is_mailed(self, services: AccountServices) -> None:
        services.password_reset_otp.request(NOBODY, HOME)

        assert services.mails(EmailKind.OTP) == []

    def test_the_same_work_is_done_for_it(self, services: AccountServices) -> None:
        services.password_reset_otp.request(ADA, HOME)
        services.password_reset_otp.request(NOBODY, HOME)

        (_, of_ada, ada_seconds), (_, of_nobody, nobody_seconds) = services.secrets.kept
        assert (len(of_ada), ada_seconds) == (len(of_nobody), nobody_seconds)

    def test_it_is_answered_after_the_same_time(self, services: AccountServices) -> None:
        services.password_reset_otp.request(ADA, HOME)
        services.password_reset_otp.request(NOBODY, HOME)

        of_ada, of_nobody = services.sleeper.waited
        assert of_ada == of_nobody == 0.15

    def test_the_time_that_the_work_took_is_part_of_it(self, services: AccountServices) -> None:
        services.secrets.put_seconds = 0.04
        services.password_reset_otp.request(NOBODY, HOME)

        assert services.sleeper.waited == [pytest.approx(0.11)]

    def test_the_wait_is_never_negative(self, services: AccountServices) -> None:
        services.secrets.put_seconds = 1
        services.password_reset_otp.request(NOBODY, HOME)

        assert services.sleeper.waited == [0]


class TestWithoutTheSharedStore:
    def test_without_limits_there_is_no_otp(self, stores: Stores, clock: ManualClock) -> None:
        services = AccountServices(stores, clock, limiter=AwayLimiter(clock))
        services.sign_up(ADA)

        with pytest.raises(Unavailable):
            services.password_reset_otp.request(ADA, HOME)

        assert services.secrets.kept == []
        assert services.mails(EmailKind.OTP) == []

    def test_no_step_passes_without_the_secrets(self, services: AccountServices) -> None:
        otp, token = services.otp(), services.reset_token()
        services.secrets.is_unavailable = True

        with pytest.raises(Unavailable):
            services.password_reset_otp.request(ADA, HOME)
        with pytest.raises(Unavailable):
            services.password_reset_otp.verify(ADA, otp, HOME)
        with pytest.raises(Unavailable):
            services.password_reset.confirm(token, "another horse battery", HOME)
        assert len(services.mails(EmailKind.OTP)) == 2
