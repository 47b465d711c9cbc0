from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.system.randomness import SystemRandomness
from core.domain.errors import Malformed, TooManyRequests
from core.domain.identity.audit import Origin
from core.domain.mail.emails import EmailKind
from entrypoints.wiring.stores import Stores, open_stores
from tests.building import settings_in_memory
from tests.fakes import ManualClock
from tests.unit.services.account_services import ELSEWHERE, HOME, NEW_PASSWORD, AccountServices, wrong

ADA = "ada@example.com"


ACTS = ("request", "wrong guess", "wrong guess", "wrong guess", "right guess", "wait")


@dataclass
class Expected:
    """What is true of the newest one-time password."""

    otp: str = "000000"
    ends_at: datetime | None = None
    tries: int = 0
    is_used: bool = False

    def is_good(self, now: datetime) -> bool:
        return self.ends_at is not None and now < self.ends_at and self.tries < 5 and not self.is_used


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> AccountServices:
    made = AccountServices(stores, clock)
    made.sign_up(ADA)
    return made


def refused(services: AccountServices, otp: str, email: str = ADA) -> None:
    with pytest.raises(Malformed) as refusal:
        services.password_reset_otp.verify(email, otp, ELSEWHERE)
    assert refusal.value.code == "otp_invalid"


def test_it_works(services: AccountServices) -> None:
    otp = services.otp()

    token = services.password_reset_otp.verify(ADA, otp, HOME)
    services.password_reset.confirm(token, NEW_PASSWORD, HOME)

    assert len(otp) == 6
    assert otp.isdigit()
    assert services.accounts.login(ADA, NEW_PASSWORD, HOME).user.email == ADA


def test_an_otp_may_begin_with_zeros(services: AccountServices) -> None:
    services.randomness.otps.append("000042")

    assert services.otp() == "000042"
    refused(services, "42")
    assert services.password_reset_otp.verify(ADA, "000042", HOME)


def test_otps_are_drawn_from_all_there_are() -> None:
    otps = [SystemRandomness().digits(6) for _ in range(2_000)]

    assert all(len(otp) == 6 and otp.isdigit() for otp in otps)
    assert {otp[0] for otp in otps} == set("0123456789")
    assert len(set(otps)) > 1_900


def test_the_email_may_be_spelled_in_any_case(services: AccountServices) -> None:
    otp = services.otp("ADA@Example.com")

    assert services.password_reset_otp.verify(" ada@EXAMPLE.com ", otp, HOME)


class TestWhatIsStored:
    def test_it_is_a_keyed_hash_of_the_otp(self, services: AccountServices) -> None:
        otp = services.otp()

        ((key, value, ttl_seconds),) = services.secrets.kept
        assert ttl_seconds == 600
        assert otp not in key + value
        for guess in (otp, f"{ADA} {otp}", f"{ADA}{otp}"):
            assert hashlib.sha256(guess.encode()).hexdigest() not in value

    def test_the_same_otp_looks_different_for_another_email(self, services: AccountServices) -> None:
        services.sign_up("eve@example.com")
        services.randomness.otps.extend(["123456", "123456"])
        services.otp(ADA)
        services.otp("eve@example.com")

        (_, of_ada, _), (_, of_eve, _) = services.secrets.kept
        assert of_ada != of_eve

    def test_it_looks_different_under_another_key(self, stores: Stores, clock: ManualClock) -> None:
        values = []
        for number, key in enumerate(("the first key " * 3, "the second key " * 3)):
            services = AccountServices(stores, clock, secret_keys=(key,))
            services.sign_up(f"user{number}@example.com")
            services.randomness.otps.append("123456")
            services.password_reset_otp.request("nobody@example.com", HOME)
            values.append(services.secrets.kept[0][1])

        assert values[0] != values[1]

    def test_a_reset_token_is_not_stored_either(self, services: AccountServices) -> None:
        token = services.reset_token()

        assert not any(token in key + value for key, value, _ in services.secrets.kept)

    def test_the_mail_holds_it_encrypted_only(self, services: AccountServices) -> None:
        otp = services.otp()

        (mail,) = services.mails(EmailKind.OTP)
        assert otp not in repr(mail)


class TestOtpBruteForce:
    def test_after_five_wrong_tries_the_right_otp_is_void(self, services: AccountServices) -> None:
        otp = services.otp()
        for _ in range(5):
            refused(services, wrong(otp))

        refused(services, otp)
        refused(services, otp)

    def test_the_fifth_try_may_be_the_right_one(self, services: AccountServices) -> None:
        otp = services.otp()
        for _ in range(4):
            refused(services, wrong(otp))

        assert services.password_reset_otp.verify(ADA, otp, HOME)

    def test_tries_from_many_addresses_are_counted_together(self, services: AccountServices) -> None:
        otp = services.otp()
        for number in range(5):
            with pytest.raises(Malformed):
                services.password_reset_otp.verify(ADA, wrong(otp), Origin(f"192.0.2.{number}"))

        refused(services, otp)

    def test_tries_at_another_email_do_not_count(self, services: AccountServices) -> None:
        services.sign_up("eve@example.com")
        otp = services.otp()
        for _ in range(9):
            refused(services, wrong(otp), "eve@example.com")

        assert services.password_reset_otp.verify(ADA, otp, HOME)

    def test_of_a_hundred_guesses_at_once_five_are_looked_at(self, services: AccountServices) -> None:
        otp = services.otp()
        others = [f"{(int(otp) + offset) % 1_000_000:06d}" for offset in range(1, 100)]

        def guess(offered: str) -> None:
            with suppress(Malformed):
                services.password_reset_otp.verify(ADA, offered, ELSEWHERE)

        with ThreadPoolExecutor(10) as attackers:
            list(attackers.map(guess, others))

        assert services.secrets.looks == 5
        refused(services, otp)

    def test_in_an_hour_fifteen_guesses_are_to_be_had(self, services: AccountServices) -> None:
        """Three requests an hour, with five tries each, of a million."""
        for minute in range(60):
            with suppress(TooManyRequests):
                services.password_reset_otp.request(ADA, Origin(f"192.0.2.{minute}"))
            for _ in range(20):
                with suppress(Malformed):
                    services.password_reset_otp.verify(ADA, "no otp", ELSEWHERE)
            services.clock.advance(seconds=59)

        assert services.secrets.looks == 15

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(acts=st.lists(st.sampled_from(ACTS), max_size=40))
    def test_tries_are_bounded_whatever_the_order(self, tmp_path: Path, acts: list[str]) -> None:
        stores, clock = open_stores(settings_in_memory(tmp_path)), ManualClock()
        services = AccountServices(stores, clock)
        services.sign_up(ADA)
        expected = Expected()
        for act in acts:
            match act:
                case "wait":
                    clock.advance(minutes=4)
                case "request":
                    with suppress(TooManyRequests):
                        expected = Expected(services.otp(), clock.now() + timedelta(minutes=10))
                case "wrong guess":
                    refused(services, wrong(expected.otp))
                    expected.tries += 1
                case "right guess" if expected.is_good(clock.now()):
                    assert services.password_reset_otp.verify(ADA, expected.otp, HOME)
                    expected.is_used = True
                case "right guess":
                    refused(services, expected.otp)
                    expected.tries += 1

        stores.close()


class TestItsEnd:
    def test_it_is_good_for_ten_minutes(self, services: AccountServices) -> None:
        otp = services.otp()
        services.clock.advance(minutes=9, seconds=59)

        assert services.password_reset_otp.verify(ADA, otp, HOME)

    def test_after_ten_minutes_it_is_void(self, services: AccountServices) -> None:
        otp = services.otp()
        services.clock.advance(minutes=10)

        refused(services, otp)

    def test_it_is_void_after_use(self, services: AccountServices) -> None:
        otp = services.otp()
        services.password_reset_otp.verify(ADA, otp, HOME)

        refused(services, otp)

    def test_of_many_who_use_it_at_once_one_succeeds(self, services: AccountServices) -> None:
        otp = services.otp()

        def use(_: int) -> str | None:
            with suppress(Malformed):
                return services.password_reset_otp.verify(ADA, otp, HOME)
            return None

        with ThreadPoolExecutor(5) as people:
            tokens = [token for token in people.map(use, range(5)) if token is not None]

        assert len(tokens) == 1

    def test_a_new_request_replaces_the_old_one(self, services: AccountServices) -> None:
        services.randomness.otps.extend(["111111", "222222"])
        old, new = services.otp(), services.otp()

        refused(services, old)
        assert services.password_reset_otp.verify(ADA, new, HOME)

    def test_it_is_void_once_the_password_is_set(self, services: AccountServices) -> None:
        token = services.reset_token()
        later = services.otp()
        services.password_reset.confirm(token, NEW_PASSWORD, HOME)

        refused(services, later)


class TestAnEmailWithoutAnAccount:
    def test_its_otp_opens_nothing(self, services: AccountServices) -> None:
        services.randomness.otps.append("123456")
        services.password_reset_otp.request("nobody@example.com", HOME)

        refused(services, "123456", "nobody@example.com")

    def test_it_costs_the_same_tries(self, services: AccountServices) -> None:
        services.password_reset_otp.request("nobody@example.com", HOME)
        for _ in range(5):
            refused(services, "123456", "nobody@example.com")

        assert services.secrets.peek("otp nobody@example.com") is not None
        refused(services, "123456", "nobody@example.com")
        assert services.secrets.peek("otp nobody@example.com") is None
