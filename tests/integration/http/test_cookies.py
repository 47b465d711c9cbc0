"""Logins of browsers: cookies, and the token against cross-site requests."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient, refusal

REFRESH_PATH = "/api/v1/auth/refresh"
ADA = {"email": "ada@example.com", "password": PASSWORD}


class Browser(ApiClient):
    """Keeps cookies, and sends the CSRF token where a page's script would."""

    def __init__(self, app: Flask) -> None:
        self.jar: FlaskClient = app.test_client()
        super().__init__(self.jar)

    @property
    def csrf_token(self) -> str:
        return self.cookie("csrf_token") or ""

    def cookie(self, name: str, path: str = "/") -> str | None:
        found = self.jar.get_cookie(name, path=path)
        return None if found is None else found.value

    def with_csrf(self, method: str, path: str, token: str | None = None, **options: object) -> TestResponse:
        headers = {"X-CSRF-Token": self.csrf_token if token is None else token}
        return self.request(method, path, headers=headers, **options)


@pytest.fixture
def browser(flask_app: Flask, application: Application, ada: ApiClient) -> Browser:
    """Of Ada, logged in."""
    flask_app.extensions["interview_prep"] = application
    made = Browser(flask_app)
    assert made.post("/auth/login", **ADA).status_code == 200
    return made


def cookies_of(answer: TestResponse) -> dict[str, Morsel[str]]:
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        jar.load(line)
    return dict(jar)


def test_it_works(browser: Browser) -> None:
    assert browser.get("/users/me").json["email"] == "ada@example.com"
    assert browser.with_csrf("PATCH", "/users/me", json={"full_name": "Ada King"}).status_code == 200


class TestAttributes:
    @pytest.fixture(params=["register", "login", "refresh"])
    def cookies(self, request: pytest.FixtureRequest, ada: ApiClient) -> dict[str, Morsel[str]]:
        """As each route that makes a login sets them."""
        if request.param == "register":
            answer = ada.post("/auth/register", full_name="G", email="g@example.com", password=PASSWORD)
        elif request.param == "login":
            answer = ada.post("/auth/login", **ADA)
        else:
            answer = ada.post("/auth/refresh", refresh_token=ada.refresh_token)
        assert answer.status_code in (200, 201)
        assert cookies_of(answer)["access_token"].value == answer.json["access_token"]
        assert cookies_of(answer)["refresh_token"].value == answer.json["refresh_token"]
        return cookies_of(answer)

    def test_there_are_three(self, cookies: dict[str, Morsel[str]]) -> None:
        assert set(cookies) == {"access_token", "refresh_token", "csrf_token"}

    def test_scripts_can_read_the_csrf_token_only(self, cookies: dict[str, Morsel[str]]) -> None:
        readable = {name for name, cookie in cookies.items() if not cookie["httponly"]}

        assert readable == {"csrf_token"}

    def test_all_are_same_site_lax(self, cookies: dict[str, Morsel[str]]) -> None:
        assert {cookie["samesite"] for cookie in cookies.values()} == {"Lax"}

    def test_the_refresh_token_goes_to_its_route_only(self, cookies: dict[str, Morsel[str]]) -> None:
        assert {name: cookie["path"] for name, cookie in cookies.items()} == {
            "access_token": "/",
            "refresh_token": REFRESH_PATH,
            "csrf_token": "/",
        }

    def test_they_live_as_long_as_what_they_hold(self, cookies: dict[str, Morsel[str]]) -> None:
        month = str(30 * 24 * 3600)
        assert {name: cookie["max-age"] for name, cookie in cookies.items()} == {
            "access_token": "900",
            "refresh_token": month,
            "csrf_token": month,
        }

    def test_they_are_of_this_host_only(self, cookies: dict[str, Morsel[str]]) -> None:
        assert {cookie["domain"] for cookie in cookies.values()} == {""}


class TestSecure:
    @pytest.mark.parametrize(
        ("base_url", "is_secure"),
        [
            ("http://localhost", False),
            ("http://localhost:8000", False),
            ("http://127.0.0.1:8000", False),
            ("http://[::1]:8000", False),
            ("http://[::1]", False),
            ("https://localhost", True),
            ("http://prep.example.com", True),
            ("https://prep.example.com", True),
            ("http://192.168.1.5:8000", True),
            ("http://localhost.example.com", True),
            ("http://127.0.0.1.example.com:8000", True),
            ("http://notlocalhost", True),
        ],
    )
    def test_always_but_on_plain_localhost(self, ada: ApiClient, base_url: str, is_secure: bool) -> None:
        answer = ada.request("POST", "/auth/login", json=ADA, base_url=base_url)

        assert {bool(cookie["secure"]) for cookie in cookies_of(answer).values()} == {is_secure}

    class TestWithAPublicUrlOfHttps:
        @pytest.fixture
        def application(self, clock: ManualClock, tmp_path: Path) -> Iterator[Application]:
            built = application_in_memory(tmp_path, clock, [], public_url="https://prep.example.com")
            yield built
            built.close()

        def test_also_if_a_proxy_says_that_we_are_localhost(self, ada: ApiClient) -> None:
            answer = ada.request("POST", "/auth/login", json=ADA, base_url="http://127.0.0.1:8000")

            assert all(cookie["secure"] for cookie in cookies_of(answer).values())


class TestCsrf:
    def test_an_unsafe_request_by_cookie_needs_the_token(self, browser: Browser) -> None:
        for method, path in (
            ("PATCH", "/users/me"),
            ("POST", "/sessions"),
            ("POST", "/auth/logout"),
            ("POST", "/auth/password"),
            ("DELETE", "/notifications"),
        ):
            refusal(browser.request(method, path), 403, "csrf_failed")

    def test_a_safe_one_does_not(self, browser: Browser) -> None:
        assert browser.get("/users/me").status_code == 200
        assert browser.request("HEAD", "/users/me").status_code == 200

    @pytest.mark.parametrize("token", ["", "x", "x.y", "é", "null", "undefined", "." * 300])
    def test_a_wrong_token_is_refused(self, browser: Browser, token: str) -> None:
        refusal(browser.with_csrf("PATCH", "/users/me", token, json={}), 403, "csrf_failed")

    def test_the_token_of_another_login_is_refused(
        self, browser: Browser, flask_app: Flask, eve: ApiClient
    ) -> None:
        other = Browser(flask_app)
        other.post("/auth/login", email="eve@example.com", password=PASSWORD)

        refusal(browser.with_csrf("PATCH", "/users/me", other.csrf_token, json={}), 403, "csrf_failed")

    def test_that_of_another_login_of_the_same_user_is_refused_too(
        self, browser: Browser, flask_app: Flask
    ) -> None:
        other = Browser(flask_app)
        other.post("/auth/login", **ADA)

        refusal(browser.with_csrf("PATCH", "/users/me", other.csrf_token, json={}), 403, "csrf_failed")

    def test_a_cookie_of_ones_own_making_is_of_no_use(self, browser: Browser) -> None:
        """Who can set a cookie from a sibling domain cannot choose the token: it is signed."""
        browser.jar.set_cookie("csrf_token", "chosen")

        refusal(browser.with_csrf("PATCH", "/users/me", "chosen", json={}), 403, "csrf_failed")

    def test_a_query_or_a_form_does_not_carry_it(self, browser: Browser) -> None:
        path = f"/users/me?csrf_token={browser.csrf_token}"

        refusal(browser.request("PATCH", path, json={}), 403, "csrf_failed")

    def test_a_bearer_token_needs_none(self, browser: Browser, ada: ApiClient) -> None:
        browser.access_token = ada.access_token

        assert browser.patch("/users/me", full_name="Ada King").status_code == 200

    def test_a_bad_bearer_token_is_not_made_good_by_a_cookie(self, browser: Browser) -> None:
        browser.access_token = "x"

        refusal(browser.get("/users/me"), 401, "token_invalid")

    def test_it_outlives_a_refresh(self, browser: Browser) -> None:
        before = browser.csrf_token
        browser.with_csrf("POST", "/auth/refresh")

        assert browser.csrf_token == before
        assert browser.with_csrf("PATCH", "/users/me", before, json={}).status_code == 200


class TestRefreshByCookie:
    def test_it_works(self, browser: Browser, clock: ManualClock) -> None:
        clock.advance(minutes=16)
        refusal(browser.get("/users/me"), 401, "token_expired")

        answer = browser.with_csrf("POST", "/auth/refresh")

        assert answer.status_code == 200
        assert browser.get("/users/me").status_code == 200

    def test_it_goes_on_from_cookie_to_cookie(self, browser: Browser, clock: ManualClock) -> None:
        seen = {browser.cookie("refresh_token", REFRESH_PATH)}
        for _ in range(3):
            clock.advance(days=20)
            assert browser.with_csrf("POST", "/auth/refresh").status_code == 200
            seen.add(browser.cookie("refresh_token", REFRESH_PATH))

        assert len(seen) == 4

    def test_it_needs_the_csrf_token(self, browser: Browser) -> None:
        refusal(browser.request("POST", "/auth/refresh"), 403, "csrf_failed")

        assert browser.with_csrf("POST", "/auth/refresh").status_code == 200

    def test_an_empty_json_body_will_do(self, browser: Browser) -> None:
        assert browser.with_csrf("POST", "/auth/refresh", json={}).status_code == 200

    def test_an_old_cookie_ends_the_login(self, browser: Browser, clock: ManualClock) -> None:
        old = browser.cookie("refresh_token", REFRESH_PATH)
        assert old is not None
        browser.with_csrf("POST", "/auth/refresh")
        browser.jar.set_cookie("refresh_token", old, path=REFRESH_PATH)
        clock.advance(seconds=10)

        refusal(browser.with_csrf("POST", "/auth/refresh"), 401, "refresh_token_invalid")
        refusal(browser.get("/users/me"), 401, "login_ended")

    def test_neither_cookie_nor_body_is_refused(self, anonymous: ApiClient) -> None:
        refusal(anonymous.request("POST", "/auth/refresh"), 401, "refresh_token_invalid")
        refusal(anonymous.post("/auth/refresh"), 401, "refresh_token_invalid")

    def test_a_body_goes_before_the_cookie_and_needs_no_csrf_token(
        self, browser: Browser, eve: ApiClient
    ) -> None:
        answer = browser.post("/auth/refresh", refresh_token=eve.refresh_token)

        assert answer.json["user"]["email"] == "eve@example.com"


class TestLogout:
    def test_it_clears_the_cookies(self, browser: Browser) -> None:
        answer = browser.with_csrf("POST", "/auth/logout")

        assert answer.status_code == 204
        assert {name: (c.value, c["max-age"], c["path"]) for name, c in cookies_of(answer).items()} == {
            "access_token": ("", "0", "/"),
            "refresh_token": ("", "0", REFRESH_PATH),
            "csrf_token": ("", "0", "/"),
        }
        assert browser.cookie("access_token") is None
        assert browser.cookie("refresh_token", REFRESH_PATH) is None

    def test_what_the_cookies_held_is_of_no_use_any_more(
        self, browser: Browser, anonymous: ApiClient
    ) -> None:
        access, refresh = browser.cookie("access_token"), browser.cookie("refresh_token", REFRESH_PATH)
        browser.with_csrf("POST", "/auth/logout")

        anonymous.access_token = access
        refusal(anonymous.get("/users/me"), 401, "login_ended")
        refusal(anonymous.post("/auth/refresh", refresh_token=refresh), 401, "refresh_token_invalid")
