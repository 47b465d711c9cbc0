from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from core.domain.mail.emails import EmailKind
from entrypoints.wiring.application import Application
from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient, refusal, refused_fields
from tests.integration.http.mailbox import Mailbox, text_of

ADA = "ada@example.com"
NEW_PASSWORD = "another horse battery"


@pytest.fixture
def mailbox(application: Application) -> Mailbox:
    return Mailbox(application)


@pytest.fixture
def otp(ada: ApiClient, anonymous: ApiClient, mailbox: Mailbox) -> str:
    return asked_for(anonymous, mailbox)


@pytest.fixture
def reset_token(anonymous: ApiClient, otp: str) -> str:
    token: str = verify(anonymous, otp).json["reset_token"]
    return token


def asked_for(client: ApiClient, mailbox: Mailbox, email: str = ADA) -> str:
    """The one-time password that comes by mail."""
    assert client.post("/auth/password-reset/request", email=email).status_code == 202
    return mailbox.otp(email)


def verify(client: ApiClient, otp: str, email: str = ADA) -> TestResponse:
    return client.post("/auth/password-reset/verify", email=email, otp=otp)


def confirm(client: ApiClient, token: str, password: str = NEW_PASSWORD) -> TestResponse:
    return client.post("/auth/password-reset/confirm", reset_token=token, new_password=password)


def log_in(client: ApiClient, password: str, email: str = ADA) -> TestResponse:
    return client.post("/auth/login", email=email, password=password)


def wrong(otp: str) -> str:
    return f"{(int(otp) + 1) % 1_000_000:06d}"


def test_it_works(ada: ApiClient, anonymous: ApiClient, mailbox: Mailbox) -> None:
    asked = anonymous.post("/auth/password-reset/request", email=ADA)
    verified = verify(anonymous, mailbox.otp())
    confirmed = confirm(anonymous, verified.json["reset_token"])

    assert (asked.status_code, asked.data) == (202, b"")
    assert (verified.status_code, verified.json["expires_in"]) == (200, 600)
    assert (confirmed.status_code, confirmed.data) == (204, b"")
    assert log_in(anonymous, NEW_PASSWORD).status_code == 200
    refusal(log_in(anonymous, PASSWORD), 401, "invalid_credentials")


class TestRequest:
    def test_an_unknown_email_gets_the_same_answer(self, ada: ApiClient, anonymous: ApiClient) -> None:
        known = anonymous.post("/auth/password-reset/request", email=ADA)
        unknown = anonymous.post("/auth/password-reset/request", email="nobody@example.com")

        def seen(answer: TestResponse) -> object:
            changing = ("X-Request-ID", "RateLimit-Remaining", "RateLimit-Reset")
            return (
                answer.status_code,
                answer.data,
                [header for header in answer.headers if header[0] not in changing],
            )

        assert seen(known) == seen(unknown)

    @pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
    def test_the_fourth_in_an_hour_is_refused_with_or_without_an_account(
        self, ada: ApiClient, anonymous: ApiClient, email: str
    ) -> None:
        for _ in range(3):
            assert anonymous.post("/auth/password-reset/request", email=email).status_code == 202

        answer = anonymous.post("/auth/password-reset/request", email=email)

        refusal(answer, 429, "too_many_otp_requests")
        assert 3500 < int(answer.headers["Retry-After"]) <= 3600

    def test_an_address_asks_for_twenty_emails_an_hour(self, anonymous: ApiClient) -> None:
        for number in range(20):
            anonymous.post("/auth/password-reset/request", email=f"person{number}@example.com")

        answer = anonymous.post("/auth/password-reset/request", email=ADA)

        refusal(answer, 429, "too_many_otp_requests")
        elsewhere = {"environ_base": {"REMOTE_ADDR": "198.51.100.9"}, "json": {"email": ADA}}
        assert anonymous.request("POST", "/auth/password-reset/request", **elsewhere).status_code == 202

    @pytest.mark.parametrize("email", ["", "no address", "a@b@c", None, 7, {"$ne": None}])
    def test_what_is_no_email_is_refused(self, anonymous: ApiClient, email: object) -> None:
        assert list(
            refused_fields(
                anonymous.post("/auth/password-reset/request", email=email),
                "invalid" if email in ("no address", "a@b@c") else "validation_failed",
            )
        ) == ["email"]

    def test_a_new_one_replaces_the_old_one(self, anonymous: ApiClient, mailbox: Mailbox, otp: str) -> None:
        newer = asked_for(anonymous, mailbox)

        if newer != otp:
            refusal(verify(anonymous, otp), 400, "otp_invalid")
        assert verify(anonymous, newer).status_code == 200

    def test_the_mail_is_for_people_and_says_how_long_it_is_good(
        self, ada: ApiClient, anonymous: ApiClient, mailbox: Mailbox
    ) -> None:
        anonymous.post("/auth/password-reset/request", email=ADA)

        (message,) = mailbox.new(EmailKind.OTP)
        assert message["To"] == "Ada Lovelace <ada@example.com>"
        assert "10 minutes" in text_of(message)
        assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}
        assert "List-Unsubscribe" not in message


class TestVerify:
    def test_a_wrong_otp_is_refused(self, anonymous: ApiClient, otp: str) -> None:
        refusal(verify(anonymous, wrong(otp)), 400, "otp_invalid")

        assert verify(anonymous, otp).status_code == 200

    def test_otp_brute_force_ends_after_five_tries(self, anonymous: ApiClient, otp: str) -> None:
        for _ in range(5):
            refusal(verify(anonymous, wrong(otp)), 400, "otp_invalid")

        refusal(verify(anonymous, otp), 400, "otp_invalid")

    def test_a_used_otp_is_refused(self, anonymous: ApiClient, otp: str, reset_token: str) -> None:
        refusal(verify(anonymous, otp), 400, "otp_invalid")

    def test_it_is_of_no_use_for_another_email(self, anonymous: ApiClient, eve: ApiClient, otp: str) -> None:
        refusal(verify(anonymous, otp, "eve@example.com"), 400, "otp_invalid")

    def test_an_unknown_email_gets_the_same_answer_as_a_wrong_otp(
        self, anonymous: ApiClient, otp: str
    ) -> None:
        unknown = refusal(verify(anonymous, otp, "nobody@example.com"), 400, "otp_invalid")
        known = refusal(verify(anonymous, wrong(otp)), 400, "otp_invalid")

        assert {**unknown, "request_id": ""} == {**known, "request_id": ""}

    @pytest.mark.parametrize(
        "otp",
        ["", "12345", "1234567", "12345a", "１２３４５６", " 123456", "123456\n", 123456, None, ["123456"]],
    )
    def test_what_is_not_six_digits_is_refused_as_a_field(self, anonymous: ApiClient, otp: object) -> None:
        answer = anonymous.post("/auth/password-reset/verify", email=ADA, otp=otp)

        assert list(refused_fields(answer)) == ["otp"]


class TestConfirm:
    def test_a_token_works_once(self, anonymous: ApiClient, reset_token: str) -> None:
        confirm(anonymous, reset_token)

        refusal(confirm(anonymous, reset_token, "a third horse battery"), 400, "reset_token_invalid")
        assert log_in(anonymous, NEW_PASSWORD).status_code == 200

    @pytest.mark.parametrize("token", ["x", "0" * 200, "é", "../..", "null"])
    def test_what_is_no_token_is_refused(self, anonymous: ApiClient, token: str) -> None:
        refusal(confirm(anonymous, token), 400, "reset_token_invalid")

    @pytest.mark.parametrize(
        ("password", "code"),
        [
            (PASSWORD, "password_reused"),
            ("short", "password_too_short"),
            ("password1", "password_too_common"),
            ("Ada@Example.com", "password_is_email"),
            ("x" * 1025, "validation_failed"),
        ],
    )
    def test_the_answer_says_which_rule_is_broken_and_the_token_stays_good(
        self, anonymous: ApiClient, reset_token: str, password: str, code: str
    ) -> None:
        assert list(refused_fields(confirm(anonymous, reset_token, password), code)) == ["new_password"]

        assert confirm(anonymous, reset_token).status_code == 204

    def test_every_login_is_ended(self, ada: ApiClient, anonymous: ApiClient, reset_token: str) -> None:
        assert ada.get("/users/me").status_code == 200
        confirm(anonymous, reset_token)

        refusal(ada.get("/users/me"), 401, "login_ended")
        refusal(ada.post("/auth/refresh", refresh_token=ada.refresh_token), 401, "refresh_token_invalid")

    def test_logins_of_others_are_not(self, eve: ApiClient, anonymous: ApiClient, reset_token: str) -> None:
        confirm(anonymous, reset_token)

        assert eve.get("/users/me").status_code == 200

    def test_a_notice_names_time_address_and_device(
        self, anonymous: ApiClient, reset_token: str, mailbox: Mailbox, clock: ManualClock
    ) -> None:
        clock.advance(minutes=5)
        anonymous.request(
            "POST",
            "/auth/password-reset/confirm",
            json={"reset_token": reset_token, "new_password": NEW_PASSWORD},
            headers={"User-Agent": "Firefox on <b>Linux</b>"},
            environ_base={"REMOTE_ADDR": "203.0.113.7"},
        )

        (notice,) = mailbox.new(EmailKind.PASSWORD_CHANGED)
        for told in ("15 January 2026, 09:35 UTC", "203.0.113.7", "Firefox on <b>Linux</b>"):
            assert told in text_of(notice)
        html = notice.get_body(("html",))
        assert html is not None
        assert "<b>Linux" not in html.get_content()


def test_no_step_needs_a_login_or_a_csrf_token_even_with_cookies(
    ada: ApiClient, anonymous: ApiClient, mailbox: Mailbox
) -> None:
    cookies = {"Cookie": f"access_token={ada.access_token}"}
    answer = anonymous.request("POST", "/auth/password-reset/request", json={"email": ADA}, headers=cookies)

    assert answer.status_code == 202
    assert mailbox.otp()
