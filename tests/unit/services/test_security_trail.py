from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

import pytest

from core.domain.errors import DomainError, Unavailable
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.mail.emails import EmailKind
from core.domain.paging import PageRequest
from entrypoints.wiring.stores import Stores
from ports.identity import SecurityEventRepository
from tests.fakes import ManualClock
from tests.faults import Faults
from tests.unit.services.account_services import (
    ELSEWHERE,
    HOME,
    NEW_PASSWORD,
    PASSWORD,
    AccountServices,
    wrong,
)

ADA = "ada@example.com"
NOBODY = "nobody@example.com"


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> AccountServices:
    return AccountServices(stores, clock)


@pytest.fixture
def user_id(services: AccountServices) -> str:
    return services.sign_up(ADA).user.id


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """What the log says of security, each record with all its fields."""
    return [vars(record) for record in caplog.records if record.msg == "security: %s %s"]


def test_it_works(services: AccountServices, user_id: str, clock: ManualClock) -> None:
    services.password_reset_otp.request(ADA, ELSEWHERE)

    (event,) = services.full_events(user_id, SecurityAction.PASSWORD_RESET_REQUESTED)
    assert event.outcome is Outcome.SUCCEEDED
    assert event.at == clock.now()
    assert event.origin == ELSEWHERE
    assert (event.user_id, event.email_hash) == (user_id, None)


def test_every_step_of_a_password_reset_is_written_down(services: AccountServices, user_id: str) -> None:
    otp = services.otp(ADA)
    with suppress(DomainError):
        services.password_reset_otp.verify(ADA, wrong(otp), HOME)
    token = services.password_reset_otp.verify(ADA, otp, HOME)
    with suppress(DomainError):
        services.password_reset.confirm(token, PASSWORD, HOME)
    services.password_reset.confirm(token, NEW_PASSWORD, HOME)
    for _ in range(3):
        with suppress(DomainError):
            services.password_reset_otp.request(ADA, HOME)

    requested = services.events(user_id, SecurityAction.PASSWORD_RESET_REQUESTED)
    verified = services.events(user_id, SecurityAction.PASSWORD_RESET_VERIFIED)
    confirmed = services.events(user_id, SecurityAction.PASSWORD_RESET_CONFIRMED)
    assert sorted(requested) == [(Outcome.REFUSED, ""), *[(Outcome.SUCCEEDED, "")] * 3]
    assert sorted(verified) == [(Outcome.FAILED, ""), (Outcome.SUCCEEDED, "")]
    assert sorted(confirmed) == [(Outcome.FAILED, "password_reused"), (Outcome.SUCCEEDED, "")]


def test_a_token_that_is_none_is_written_down_in_the_log(
    services: AccountServices, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), suppress(DomainError):
        services.password_reset.confirm("no such token", NEW_PASSWORD, HOME)

    (record,) = logged(caplog)
    assert (record["action"], record["outcome"]) == ("password_reset_confirmed", "failed")
    assert record["reason"] == "no such token"


def test_logins_are_written_down_too(services: AccountServices, user_id: str) -> None:
    logged_in = services.accounts.login(ADA, PASSWORD, HOME)
    with suppress(DomainError):
        services.accounts.login(ADA, "wrong", HOME)
    renewed = services.logins.refresh(logged_in.refresh_token, HOME)
    services.logins.log_out(services.logins.authenticate(renewed.access_token), HOME)

    assert services.events(user_id, SecurityAction.REGISTERED) == [(Outcome.SUCCEEDED, "")]
    assert services.events(user_id, SecurityAction.LOGGED_OUT) == [(Outcome.SUCCEEDED, "")]
    assert sorted(services.events(user_id, SecurityAction.LOGGED_IN)) == [
        (Outcome.FAILED, "wrong password"),
        (Outcome.SUCCEEDED, ""),
    ]


def test_a_reused_refresh_token_is_written_down_and_told_once(
    services: AccountServices, user_id: str
) -> None:
    stolen = services.accounts.login(ADA, PASSWORD, HOME)
    services.logins.refresh(stolen.refresh_token, HOME)
    services.clock.advance(seconds=10)
    for _ in range(2):
        with suppress(DomainError):
            services.logins.refresh(stolen.refresh_token, ELSEWHERE)

    (event,) = services.full_events(user_id, SecurityAction.REFRESH_TOKEN_REUSED)
    assert event.outcome is Outcome.REFUSED
    assert event.origin == ELSEWHERE
    (warning,) = services.mails(EmailKind.SUSPICIOUS_LOGIN)
    assert warning.context["at"] == "2026-01-15T09:30:10+00:00"
    assert (warning.context["address"], warning.context["device"]) == ("198.51.100.9", "curl/8.5.0")


class TestAnEmailWithoutAnAccount:
    @pytest.fixture
    def hashes(self, services: AccountServices, caplog: pytest.LogCaptureFixture) -> list[object]:
        """Of four acts in its name."""
        with caplog.at_level(logging.INFO):
            services.password_reset_otp.request(NOBODY, HOME)
            with suppress(DomainError):
                services.password_reset_otp.verify("NOBODY@example.com", "123456", HOME)
            with suppress(DomainError):
                services.accounts.login(" Nobody@Example.com", "wrong", HOME)
        return [record["email_hash"] for record in logged(caplog)]

    def test_it_is_a_hash_and_always_the_same_one(self, hashes: list[str]) -> None:
        assert len(hashes) == 3
        assert len(set(hashes)) == 1
        assert "nobody" not in hashes[0].lower()

    def test_it_is_in_no_log(self, hashes: list[str], caplog: pytest.LogCaptureFixture) -> None:
        assert "nobody" not in repr([vars(record) for record in caplog.records]).lower()

    def test_it_is_a_keyed_one(self, stores: Stores, clock: ManualClock) -> None:
        digests = {
            AccountServices(stores, clock, secret_keys=(key,)).signer.digest("audited email", NOBODY)
            for key in ("the first key " * 3, "the second key " * 3)
        }
        assert len(digests) == 2


def test_the_log_says_who_what_how_and_from_where(
    services: AccountServices, user_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        services.accounts.login(ADA, PASSWORD, HOME)

    (record,) = logged(caplog)
    assert record["message"] == "security: logged_in succeeded"
    assert record["user_id"] == user_id
    assert (record["address"], record["user_agent"]) == (HOME.address, HOME.user_agent)


def test_no_secret_is_in_any_event_or_log(
    services: AccountServices, user_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        otp = services.otp(ADA)
        with suppress(DomainError):
            services.password_reset_otp.verify(ADA, wrong(otp), HOME)
        token = services.password_reset_otp.verify(ADA, otp, HOME)
        services.password_reset.confirm(token, NEW_PASSWORD, HOME)
        logged_in = services.accounts.login(ADA, NEW_PASSWORD, HOME)
        with suppress(DomainError):
            services.accounts.login(ADA, "a wrong password", HOME)
    events = services.audit_log.page(user_id, PageRequest(100)).items

    said = repr([vars(record) for record in caplog.records]) + repr(events)
    for secret in (
        otp,
        wrong(otp),
        token,
        NEW_PASSWORD,
        "a wrong password",
        logged_in.access_token,
        logged_in.refresh_token,
    ):
        assert secret not in said


def test_a_long_user_agent_is_cut(services: AccountServices, user_id: str) -> None:
    services.accounts.login(ADA, PASSWORD, Origin("203.0.113.7", "x" * 5_000, "request"))

    (event,) = services.full_events(user_id, SecurityAction.LOGGED_IN)
    assert event.origin.user_agent == "x" * 300


def test_a_user_sees_their_own_newest_first(
    services: AccountServices, user_id: str, clock: ManualClock
) -> None:
    eve = services.sign_up("eve@example.com").user.id
    services.password_reset_otp.request(ADA, HOME)

    events = services.audit_log.page(user_id, PageRequest(100)).items
    assert {event.user_id for event in events} == {user_id}
    assert [event.id for event in events] == sorted((event.id for event in events), reverse=True)
    assert [event.user_id for event in services.audit_log.page(eve, PageRequest(100)).items] == [eve]


def test_events_can_be_added_and_read_and_nothing_else() -> None:
    public = {name for name in vars(SecurityEventRepository) if not name.startswith("_")}

    assert public == {"add", "page"}


def test_an_event_that_cannot_be_stored_is_in_the_log_and_stops_nobody(
    services: AccountServices, user_id: str, caplog: pytest.LogCaptureFixture, faults: Faults
) -> None:
    def go_away(table: str) -> None:
        if table == "security_events":
            raise Unavailable("The database is away.")

    with faults.before_write(go_away), caplog.at_level(logging.INFO):
        services.accounts.login(ADA, PASSWORD, HOME)

    assert [record["action"] for record in logged(caplog)] == ["logged_in"]
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_times_are_those_of_the_clock(services: AccountServices, user_id: str, clock: ManualClock) -> None:
    began_at = clock.now()
    clock.advance(hours=5)
    services.accounts.login(ADA, PASSWORD, HOME)

    (event,) = services.full_events(user_id, SecurityAction.LOGGED_IN)
    assert event.at - began_at == timedelta(hours=5)
