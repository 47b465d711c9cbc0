from __future__ import annotations

import pytest

from core.domain.mail.emails import EmailKind
from entrypoints.wiring.application import Application
from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient, refusal, refused_fields
from tests.integration.http.mailbox import Mailbox, text_of

EVENTS = "/users/me/security-events"
NEW_PASSWORD = "another horse battery"


def seen(client: ApiClient) -> set[tuple[str, str, str]]:
    """Action, outcome and reason of all events."""
    return {(event["action"], event["outcome"], event["reason"]) for event in client.walk(EVENTS, limit=100)}


def test_it_works(anonymous: ApiClient, clock: ManualClock) -> None:
    ada = anonymous.sign_up("ada@example.com")
    answer = ada.request(
        "POST",
        "/auth/login",
        json={"email": "ada@example.com", "password": PASSWORD},
        headers={"User-Agent": "Firefox on Linux"},
        environ_base={"REMOTE_ADDR": "203.0.113.7"},
    )

    (event,) = [event for event in ada.walk(EVENTS) if event["action"] == "logged_in"]
    assert event == {
        "id": event["id"],
        "action": "logged_in",
        "outcome": "succeeded",
        "reason": "",
        "address": "203.0.113.7",
        "user_agent": "Firefox on Linux",
        "request_id": answer.headers["X-Request-ID"],
        "at": "2026-01-15T09:30:00.000Z",
    }


def test_it_needs_a_login(anonymous: ApiClient) -> None:
    refusal(anonymous.get(EVENTS), 401, "not_authenticated")


def test_each_user_sees_their_own(ada: ApiClient, eve: ApiClient, anonymous: ApiClient) -> None:
    anonymous.post("/auth/login", email="ada@example.com", password="wrong")

    assert ("logged_in", "failed", "wrong password") in seen(ada)
    assert seen(eve) == {("registered", "succeeded", "")}


def test_they_are_paged(ada: ApiClient) -> None:
    for _ in range(5):
        ada.post("/auth/login", email="ada@example.com", password=PASSWORD)

    walked = [event["id"] for event in ada.walk(EVENTS, limit=2)]
    assert len(walked) == 6
    assert walked == sorted(walked, reverse=True)
    assert walked == [event["id"] for event in ada.get(EVENTS).json["items"]]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"action": "logged_in"}])
def test_a_query_that_makes_no_sense_is_refused(ada: ApiClient, query: dict[str, object]) -> None:
    code = "cursor_invalid" if "cursor" in query else "validation_failed"

    assert list(refused_fields(ada.get(EVENTS, **query), code)) == list(query)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_can_change_them(ada: ApiClient, method: str) -> None:
    refusal(ada.request(method, EVENTS), 405, "method_not_allowed")


def test_every_step_of_a_password_reset_is_there_failed_or_not(
    ada: ApiClient, anonymous: ApiClient, application: Application
) -> None:
    anonymous.post("/auth/password-reset/request", email="ada@example.com")
    otp = Mailbox(application).otp()
    wrong = f"{(int(otp) + 1) % 1_000_000:06d}"
    anonymous.post("/auth/password-reset/verify", email="ada@example.com", otp=wrong)
    verified = anonymous.post("/auth/password-reset/verify", email="ada@example.com", otp=otp)
    token = verified.json["reset_token"]
    for password in ("short", PASSWORD, NEW_PASSWORD):
        anonymous.post("/auth/password-reset/confirm", reset_token=token, new_password=password)
    for _ in range(3):
        anonymous.post("/auth/password-reset/request", email="ada@example.com")
    logged_in = anonymous.post("/auth/login", email="ada@example.com", password=NEW_PASSWORD)

    assert seen(ada.take_tokens(logged_in.json)) == {
        ("registered", "succeeded", ""),
        ("password_reset_requested", "succeeded", ""),
        ("password_reset_requested", "refused", ""),
        ("password_reset_verified", "failed", ""),
        ("password_reset_verified", "succeeded", ""),
        ("password_reset_confirmed", "failed", "password_too_short"),
        ("password_reset_confirmed", "failed", "password_reused"),
        ("password_reset_confirmed", "succeeded", ""),
        ("logged_in", "succeeded", ""),
    }


def test_every_password_change_is_there_failed_or_not(ada: ApiClient) -> None:
    ada.post("/auth/password", current_password="wrong", new_password=NEW_PASSWORD)
    ada.post("/auth/password", current_password=PASSWORD, new_password="short")
    ada.post("/auth/password", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert seen(ada) == {
        ("registered", "succeeded", ""),
        ("password_changed", "failed", "current_password_wrong"),
        ("password_changed", "failed", "password_too_short"),
        ("password_changed", "succeeded", ""),
    }


def test_logins_that_a_limit_has_refused_are_there(ada: ApiClient, anonymous: ApiClient) -> None:
    for _ in range(11):
        anonymous.post("/auth/login", email="ada@example.com", password="wrong")

    assert {
        ("logged_in", "failed", "wrong password"),
        ("logged_in", "refused", "too many failures"),
    } <= seen(ada)


def test_logging_out_is_there(ada: ApiClient, anonymous: ApiClient) -> None:
    anonymous.take_tokens(anonymous.post("/auth/login", email="ada@example.com", password=PASSWORD).json)
    anonymous.post("/auth/logout")

    assert ("logged_out", "succeeded", "") in seen(ada)


def test_token_reuse_is_there_and_told_by_mail(
    ada: ApiClient, anonymous: ApiClient, application: Application, clock: ManualClock
) -> None:
    stolen = ada.refresh_token
    ada.post("/auth/refresh", refresh_token=stolen)
    clock.advance(seconds=10)
    anonymous.request(
        "POST",
        "/auth/refresh",
        json={"refresh_token": stolen},
        headers={"User-Agent": "curl/8.5.0"},
        environ_base={"REMOTE_ADDR": "198.51.100.9"},
    )
    ada.take_tokens(anonymous.post("/auth/login", email="ada@example.com", password=PASSWORD).json)

    (event,) = [event for event in ada.walk(EVENTS) if event["action"] == "refresh_token_reused"]
    assert (event["outcome"], event["reason"]) == ("refused", "the login was ended")
    assert (event["address"], event["user_agent"]) == ("198.51.100.9", "curl/8.5.0")
    (warning,) = Mailbox(application).new(EmailKind.SUSPICIOUS_LOGIN)
    for told in ("15 January 2026, 09:30 UTC", "198.51.100.9", "curl/8.5.0"):
        assert told in text_of(warning)


def test_no_event_holds_an_email_or_its_hash(ada: ApiClient, anonymous: ApiClient) -> None:
    anonymous.post("/auth/login", email="ada@example.com", password="wrong")

    for event in ada.walk(EVENTS):
        assert "email_hash" not in event
        assert "ada@example.com" not in str(event)
