"""Email preferences, and unsubscribing with one click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from core.domain.mail.emails import EmailKind
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import ApiClient, refusal, refused_fields
from tests.integration.http.mailbox import Mailbox

PREFERENCES = "/users/me/email-preferences"
EVERYTHING = {"generation_complete": True, "export_ready": True, "template_shared": True}


@pytest.fixture
def application(clock: ManualClock, writer: ScriptedGenerator, tmp_path: Path) -> Iterator[Application]:
    built = application_in_memory(
        tmp_path,
        clock,
        [writer],
        public_url="https://prep.example.com",
    )
    yield built
    built.close()


@pytest.fixture
def mailbox(application: Application) -> Mailbox:
    return Mailbox(application)


def finished_generation(ada: ApiClient, application: Application) -> None:
    """A job of Ada's ends, which she may want to be told of."""
    ada.post(f"/sessions/{ada.make_session()['id']}/questions/generate", count=1)
    application.work.runner.run_due()


class TestPreferences:
    def test_at_first_everything_is_wanted(self, ada: ApiClient) -> None:
        assert ada.get(PREFERENCES).json == EVERYTHING

    def test_what_is_named_is_changed(self, ada: ApiClient) -> None:
        expected = {**EVERYTHING, "export_ready": False}

        assert ada.patch(PREFERENCES, export_ready=False).json == expected
        assert ada.get(PREFERENCES).json == expected
        assert ada.patch(PREFERENCES).json == expected
        assert ada.patch(PREFERENCES, export_ready=True).json == EVERYTHING

    def test_they_are_ones_own(self, ada: ApiClient, eve: ApiClient) -> None:
        ada.patch(PREFERENCES, export_ready=False)

        assert eve.get(PREFERENCES).json == EVERYTHING

    @pytest.mark.parametrize("kind", ["otp", "password_changed", "suspicious_login", "welcome", "nothing"])
    def test_security_mail_cannot_be_turned_off(self, ada: ApiClient, kind: str) -> None:
        assert list(refused_fields(ada.patch(PREFERENCES, **{kind: False}))) == [kind]

    @pytest.mark.parametrize("value", [None, "false", "no", 0, 1, 1.0, [], {}])
    def test_what_is_no_boolean_is_refused(self, ada: ApiClient, value: object) -> None:
        assert list(refused_fields(ada.patch(PREFERENCES, export_ready=value))) == ["export_ready"]

    def test_they_need_a_login(self, anonymous: ApiClient) -> None:
        refusal(anonymous.get(PREFERENCES), 401, "not_authenticated")
        refusal(anonymous.patch(PREFERENCES, export_ready=False), 401, "not_authenticated")

    def test_what_is_not_wanted_is_not_mailed(
        self, ada: ApiClient, application: Application, mailbox: Mailbox
    ) -> None:
        finished_generation(ada, application)
        assert len(mailbox.new(EmailKind.GENERATION_COMPLETE)) == 1

        ada.patch(PREFERENCES, generation_complete=False)
        finished_generation(ada, application)
        assert mailbox.new(EmailKind.GENERATION_COMPLETE) == []


class TestUnsubscribing:
    @pytest.fixture
    def link(self, ada: ApiClient, application: Application, mailbox: Mailbox) -> str:
        """The one in the header of a mail, without its host."""
        finished_generation(ada, application)
        (message,) = mailbox.new(EmailKind.GENERATION_COMPLETE)
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        header = str(message["List-Unsubscribe"])
        assert header.startswith("<https://prep.example.com/api/v1/mail/unsubscribe?token=")
        parts = urlsplit(header.strip("<>"))
        return f"{parts.path}?{parts.query}"

    def one_click(self, client: ApiClient, link: str, **options: Any) -> TestResponse:
        """As a mail program does it (RFC 8058)."""
        return client.request(
            "POST",
            link,
            data="List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
            **options,
        )

    def test_one_click_works_without_login_or_csrf_token(
        self, ada: ApiClient, anonymous: ApiClient, link: str
    ) -> None:
        answer = self.one_click(anonymous, link)

        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert ada.get(PREFERENCES).json == {**EVERYTHING, "generation_complete": False}

    def test_it_works_in_the_form_that_some_programs_send(
        self, ada: ApiClient, anonymous: ApiClient, link: str
    ) -> None:
        answer = anonymous.request("POST", link, data={"List-Unsubscribe": "One-Click"})
        multipart = anonymous.request(
            "POST", link, data={"List-Unsubscribe": "One-Click"}, content_type="multipart/form-data"
        )

        assert (answer.status_code, multipart.status_code) == (200, 200)

    def test_it_works_also_where_somebody_is_logged_in_by_cookie(
        self, ada: ApiClient, anonymous: ApiClient, eve: ApiClient, link: str
    ) -> None:
        self.one_click(anonymous, link, headers={"Cookie": f"access_token={eve.access_token}"})

        assert ada.get(PREFERENCES).json["generation_complete"] is False
        assert eve.get(PREFERENCES).json == EVERYTHING

    def test_it_may_be_done_twice(self, ada: ApiClient, anonymous: ApiClient, link: str) -> None:
        assert [self.one_click(anonymous, link).status_code for _ in range(2)] == [200, 200]

    def test_following_the_link_only_asks(self, ada: ApiClient, anonymous: ApiClient, link: str) -> None:
        """Programs that look for malware follow links."""
        answer = anonymous.request("GET", link)

        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert '<form method="post">' in answer.text
        assert ada.get(PREFERENCES).json == EVERYTHING

    def test_it_does_not_show_what_the_link_says(self, anonymous: ApiClient) -> None:
        answer = anonymous.get("/mail/unsubscribe", token="<script>alert(1)</script>")

        assert "<script>" not in answer.text

    @pytest.mark.parametrize("token", ["x", "x.y", "é", "." * 500])
    def test_a_forged_link_is_refused(self, ada: ApiClient, anonymous: ApiClient, token: str) -> None:
        answer = anonymous.request("POST", "/mail/unsubscribe", query_string={"token": token})

        refusal(answer, 400, "unsubscribe_token_invalid")

    def test_a_tampered_link_is_refused(self, ada: ApiClient, anonymous: ApiClient, link: str) -> None:
        refusal(self.one_click(anonymous, link[:-1]), 400, "unsubscribe_token_invalid")

        assert ada.get(PREFERENCES).json == EVERYTHING

    def test_a_missing_token_is_refused(self, anonymous: ApiClient) -> None:
        for method in ("GET", "POST"):
            assert list(refused_fields(anonymous.request(method, "/mail/unsubscribe"))) == ["token"]
