"""Verified email addresses: the link in the email, its page, the API, and the setting that requires one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from core.domain.mail.emails import EmailKind, EmailState
from core.domain.paging import PageRequest
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import PASSWORD, ApiClient, refusal, refused_fields
from tests.integration.http.mailbox import Mailbox, text_of

VERIFY = "/auth/verify-email"
SEND_AGAIN = "/users/me/verification"
NOW = "2026-01-15T09:30:00.000Z"


@pytest.fixture
def settings() -> dict[str, Any]:
    """Other settings than the usual ones. A test that needs some is parametrised with them."""
    return {}


@pytest.fixture
def application(
    clock: ManualClock, writer: ScriptedGenerator, tmp_path: Path, settings: dict[str, Any]
) -> Iterator[Application]:
    built = application_in_memory(
        tmp_path, clock, [writer], public_url="https://prep.example.com", **settings
    )
    yield built
    built.close()


@pytest.fixture
def mailbox(application: Application) -> Mailbox:
    return Mailbox(application)


@pytest.fixture
def browser(flask_client: FlaskClient) -> FlaskClient:
    """For the page, whose path is not below that of the API."""
    return flask_client


def link_in(mailbox: Mailbox, kind: EmailKind = EmailKind.WELCOME) -> str:
    """The link in the only new email of that kind, without its host; the same in text and HTML."""
    (message,) = mailbox.new(kind)
    html = message.get_body(("html",))
    assert html is not None
    (link,) = set(re.findall(r"https://prep\.example\.com/verify-email\?token=\S+", text_of(message)))
    assert f'href="{link}"' in html.get_content()
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def token_in(mailbox: Mailbox, kind: EmailKind = EmailKind.WELCOME) -> str:
    return link_in(mailbox, kind).partition("=")[2]


def verified_at(client: ApiClient) -> str | None:
    found: str | None = client.get("/users/me").json["email_verified_at"]
    return found


class TestThePage:
    def test_its_form_verifies_the_address(
        self, ada: ApiClient, mailbox: Mailbox, browser: FlaskClient
    ) -> None:
        link = link_in(mailbox)
        assert verified_at(ada) is None

        answer = browser.post(link)

        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert "Your email address is verified" in answer.text
        assert verified_at(ada) == NOW
        assert "email_verified" in {event["action"] for event in ada.walk("/users/me/security-events")}

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_opening_it_verifies_nothing(
        self, ada: ApiClient, mailbox: Mailbox, browser: FlaskClient, method: str
    ) -> None:
        answer = browser.open(link_in(mailbox), method=method)

        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert method == "HEAD" or '<form method="post"><button' in answer.text
        assert verified_at(ada) is None

    def test_the_form_may_be_sent_twice(self, ada: ApiClient, mailbox: Mailbox, browser: FlaskClient) -> None:
        link = link_in(mailbox)

        assert [browser.post(link).status_code for _ in range(2)] == [200, 200]

    def test_a_link_that_is_too_old_says_so(
        self, ada: ApiClient, mailbox: Mailbox, browser: FlaskClient, clock: ManualClock
    ) -> None:
        link = link_in(mailbox)
        clock.advance(hours=24)

        answer = browser.post(link)

        assert (answer.status_code, answer.mimetype) == (400, "text/html")
        assert "The link has expired" in answer.text
        logged_in = ada.post("/auth/login", email="ada@example.com", password=PASSWORD).json
        assert logged_in["user"]["email_verified_at"] is None

    @pytest.mark.parametrize("query", ["", "?token=", "?token=x.y", "?token=%ff", "?token=" + "x" * 5000])
    def test_a_link_that_is_not_valid_says_so(self, browser: FlaskClient, query: str) -> None:
        answer = browser.post(f"/verify-email{query}")

        assert (answer.status_code, answer.mimetype) == (400, "text/html")
        assert "The link is not valid" in answer.text

    def test_it_does_not_show_what_the_link_says(self, browser: FlaskClient) -> None:
        for method in ("GET", "POST"):
            assert "alert" not in browser.open("/verify-email?token=<script>alert(1)", method=method).text

    def test_a_large_body_is_refused(self, browser: FlaskClient) -> None:
        assert browser.post("/verify-email?token=x", data=b"x" * 2_000_000).status_code == 413


class TestTheApi:
    def test_a_token_verifies_the_address_without_a_login(
        self, ada: ApiClient, eve: ApiClient, anonymous: ApiClient, mailbox: Mailbox
    ) -> None:
        token = token_in(mailbox)

        assert [anonymous.post(VERIFY, token=token).status_code for _ in range(2)] == [204, 204]
        assert verified_at(ada) == NOW
        assert verified_at(eve) is None

    def test_an_old_token_is_refused(self, ada: ApiClient, mailbox: Mailbox, clock: ManualClock) -> None:
        token = token_in(mailbox)
        clock.advance(hours=24)

        refusal(ada.post(VERIFY, token=token), 400, "verification_token_expired")

    @pytest.mark.parametrize("token", ["x", "x.y", "é", "." * 500])
    def test_a_forged_token_is_refused(self, anonymous: ApiClient, token: str) -> None:
        refusal(anonymous.post(VERIFY, token=token), 400, "verification_token_invalid")

    @pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 1}, {"token": "x" * 501}])
    def test_a_body_without_a_token_is_refused(self, anonymous: ApiClient, body: dict[str, Any]) -> None:
        assert list(refused_fields(anonymous.post(VERIFY, **body))) == ["token"]


class TestSendingAgain:
    def test_a_new_link_comes_by_email(
        self, ada: ApiClient, anonymous: ApiClient, mailbox: Mailbox, clock: ManualClock
    ) -> None:
        old = token_in(mailbox)
        clock.advance(minutes=10)

        assert ada.post(SEND_AGAIN).status_code == 202

        new = token_in(mailbox, EmailKind.EMAIL_VERIFICATION)
        assert new != old
        assert anonymous.post(VERIFY, token=new).status_code == 204
        assert verified_at(ada) == "2026-01-15T09:40:00.000Z"

    def test_nothing_is_sent_to_a_verified_address(self, ada: ApiClient, mailbox: Mailbox) -> None:
        ada.post(VERIFY, token=token_in(mailbox))

        assert ada.post(SEND_AGAIN).status_code == 202
        assert mailbox.new(EmailKind.EMAIL_VERIFICATION) == []

    def test_the_fourth_within_an_hour_is_refused(self, ada: ApiClient) -> None:
        answers = [ada.post(SEND_AGAIN) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        refusal(answers[-1], 429, "too_many_verification_emails")
        assert int(answers[-1].headers["Retry-After"]) > 0

    def test_it_needs_a_login(self, anonymous: ApiClient) -> None:
        refusal(anonymous.post(SEND_AGAIN), 401, "not_authenticated")

    def test_an_email_that_is_late_or_repeated_has_a_new_link(
        self, ada: ApiClient, application: Application, mailbox: Mailbox, clock: ManualClock
    ) -> None:
        clock.advance(hours=23)
        first = token_in(mailbox)
        clock.advance(hours=23)
        (sent,) = application.mail.outbox.page((EmailState.SENT,), PageRequest(10)).items
        application.mail.outbox.resend(sent.id)
        again = token_in(Mailbox(application))
        clock.advance(hours=23)

        refusal(ada.post(VERIFY, token=first), 400, "verification_token_expired")
        assert ada.post(VERIFY, token=again).status_code == 204


class TestTheSetting:
    @pytest.mark.parametrize("settings", [{"require_verified_email": True}])
    def test_generation_waits_for_a_verified_address(self, ada: ApiClient, mailbox: Mailbox) -> None:
        session = ada.make_session()["id"]
        question = ada.add_question(session)["id"]
        routes = [
            (f"/sessions/{session}/questions/generate", {"count": 1}),
            (f"/questions/{question}/regenerate", {}),
        ]
        for path, body in routes:
            refusal(ada.post(path, **body), 403, "email_not_verified")
        assert ada.walk("/jobs") == []

        ada.post(VERIFY, token=token_in(mailbox))

        assert [ada.post(path, **body).status_code for path, body in routes] == [202, 202]

    @pytest.mark.parametrize("settings", [{"require_verified_email": True}])
    def test_a_refused_request_does_not_use_up_its_key(self, ada: ApiClient, mailbox: Mailbox) -> None:
        path = f"/sessions/{ada.make_session()['id']}/questions/generate"

        def ask() -> int:
            key = {"Idempotency-Key": "a-key"}
            return ada.request("POST", path, json={"count": 1}, headers=key).status_code

        assert ask() == 403
        ada.post(VERIFY, token=token_in(mailbox))
        assert ask() == 202

    def test_without_it_an_unverified_account_works(self, ada: ApiClient) -> None:
        assert ada.generate(ada.make_session()["id"])["status"] == "queued"
