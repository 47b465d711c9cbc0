from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from entrypoints.http.access.security_headers import trust_proxies
from entrypoints.http.app import create_app
from entrypoints.http.servers.threaded import ThreadedServer
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal

ORIGIN = "https://app.example.com"
HTTPS = {"public_url": "https://prep.example.com", "trusted_proxies": 1}

Product = Callable[..., ApiClient]
"""Starts a product with some settings, behind its proxies; a client of it."""


@pytest.fixture
def product(clock: ManualClock, tmp_path: Path) -> Iterator[Product]:
    with ExitStack() as running:

        def start(**settings: Any) -> ApiClient:
            built = application_in_memory(tmp_path, clock, [], **settings)
            running.callback(built.close)
            app = create_app(built)
            trust_proxies(app, built.settings)
            return ApiClient(app.test_client(use_cookies=False))

        yield start


def every_kind_of_answer(client: ApiClient) -> list[TestResponse]:
    """Of the API, its errors, the docs, health, and what is no route."""
    return [
        client.post("/auth/register", full_name="A", email="a@example.com", password="correct horse"),
        client.get("/users/me"),
        client.post("/auth/register"),
        client.put("/sessions"),
        client.request("POST", "/sessions", data=b"x" * 2_000_000),
        client.get("/" + "x" * 9_000),
        client.get("/nothing"),
        client.get("/mail/unsubscribe", token="x"),
        client.get("/api/docs/"),
        client.get("/api/docs/swagger-ui.css"),
        client.get("/api/openapi.json"),
        client.get("/health/live"),
        client.request("GET", "/api/../"),
    ]


def test_every_answer_has_them(product: Product) -> None:
    for answer in every_kind_of_answer(product()):
        headers = answer.headers
        where = f"{answer.request.path}: {answer.status_code}"
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert headers["X-Frame-Options"] == "DENY", where
        assert headers["Referrer-Policy"] == "no-referrer", where
        assert "camera=()" in headers["Permissions-Policy"], where
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", where
        assert headers["X-Permitted-Cross-Domain-Policies"] == "none", where
        assert headers["Origin-Agent-Cluster"] == "?1", where
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], where
        assert "base-uri 'none'" in headers["Content-Security-Policy"], where
        assert "X-Powered-By" not in headers, where


def test_the_api_allows_no_source_at_all(product: Product) -> None:
    policy = product().get("/users/me").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_the_page_for_a_token_allows_only_its_own_form(product: Product) -> None:
    headers = product()._client.get("/verify-email?token=x").headers
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "script-src" not in policy
    assert headers["Cache-Control"] == "no-store"


def test_the_docs_allow_scripts_of_this_host_only(product: Product) -> None:
    policy = product().get("/api/docs/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "script-src 'self' 'unsafe-inline';" in policy
    assert "http:" not in policy
    assert "*" not in policy


def test_answers_of_the_api_are_not_stored_by_caches(product: Product) -> None:
    assert product().get("/users/me").headers["Cache-Control"] == "no-store"


class TestHsts:
    def test_with_https_every_answer_asks_for_it(self, product: Product) -> None:
        for answer in every_kind_of_answer(product(public_url="https://prep.example.com")):
            assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"

    def test_without_https_none_does(self, product: Product) -> None:
        for answer in every_kind_of_answer(product(public_url="http://127.0.0.1:8000")):
            assert "Strict-Transport-Security" not in answer.headers


class TestHttpsRedirect:
    @pytest.mark.parametrize("path", ["/api/v1/users/me?a=b", "/api/docs/", "/", "/nothing"])
    def test_behind_a_proxy_plain_http_is_sent_to_https(self, product: Product, path: str) -> None:
        answer = product(**HTTPS)._client.get(
            path, headers={"X-Forwarded-Proto": "http", "X-Forwarded-Host": "prep.example.com"}
        )

        assert answer.status_code == 308
        assert answer.headers["Location"] == f"https://prep.example.com{path}"
        assert "Strict-Transport-Security" in answer.headers

    @pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
    def test_but_not_the_health_checks(self, product: Product, path: str) -> None:
        answer = product(**HTTPS).request("GET", path, headers={"X-Forwarded-Proto": "http"})

        assert answer.status_code == 200

    @pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
    def test_the_way_to_https_does_not_lead_elsewhere(self, product: Product, header: str) -> None:
        answer = product(**HTTPS).request("GET", "/users/me?x=1", headers={header: "evil.example"})

        assert answer.headers["Location"] == "https://prep.example.com/api/v1/users/me?x=1"

    def test_https_is_served(self, product: Product) -> None:
        answer = product(**HTTPS).request("GET", "/users/me", headers={"X-Forwarded-Proto": "https"})

        refusal(answer, 401, "not_authenticated")

    def test_without_a_proxy_nobody_is_sent_anywhere(self, product: Product) -> None:
        client = product(public_url="https://prep.example.com", trusted_proxies=0)

        refusal(client.get("/users/me"), 401, "not_authenticated")

    def test_no_body_is_read_before_it(self, product: Product) -> None:
        answer = product(**HTTPS).post("/auth/login", email="ada@example.com", password="secret")

        assert answer.status_code == 308


class TestCors:
    @pytest.fixture
    def client(self, product: Product) -> ApiClient:
        return product(allowed_origins=(ORIGIN, "http://localhost:3000"))

    def preflight(self, client: ApiClient, origin: str, path: str = "/users/me") -> TestResponse:
        return client.request(
            "OPTIONS",
            path,
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "PATCH",
                "Access-Control-Request-Headers": "content-type, x-csrf-token, if-match, idempotency-key",
            },
        )

    @pytest.mark.parametrize("origin", [ORIGIN, "http://localhost:3000"])
    @pytest.mark.parametrize("path", ["/users/me", "/auth/login", "/sessions"])
    def test_a_listed_page_may_ask_with_credentials(self, client: ApiClient, origin: str, path: str) -> None:
        answer = self.preflight(client, origin, path)

        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"content-type", "x-csrf-token", "if-match", "idempotency-key"} <= set(allowed)
        assert "Origin" in answer.headers["Vary"]

    def test_it_may_read_the_headers_that_clients_rely_on(self, client: ApiClient) -> None:
        answer = client.request("GET", "/users/me", headers={"Origin": ORIGIN})

        refusal(answer, 401, "not_authenticated")
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert {"ETag", "Location", "Retry-After", "X-Request-ID", "RateLimit-Remaining"} <= exposed

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "https://app.example.com.evil.example",
            "https://evilapp.example.com",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://appXexample.com",
            "https://sub.app.example.com",
            "https://app.example.com/",
            "null",
            "*",
        ],
    )
    def test_any_other_page_gets_nothing(self, client: ApiClient, origin: str) -> None:
        for answer in (
            self.preflight(client, origin),
            client.request("GET", "/users/me", headers={"Origin": origin}),
            client.request("POST", "/auth/login", headers={"Origin": origin}),
        ):
            assert not [name for name in dict(answer.headers) if name.startswith("Access-Control-")]

    def test_nobody_is_told_that_all_are_welcome(self, product: Product) -> None:
        client = product(allowed_origins=("*",))

        answer = client.request("GET", "/users/me", headers={"Origin": ORIGIN})

        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_without_a_list_there_is_no_cors(self, product: Product) -> None:
        answer = self.preflight(product(), ORIGIN)

        assert not [name for name in dict(answer.headers) if name.startswith("Access-Control-")]


class TestSizes:
    def test_a_long_url_is_refused(self, product: Product) -> None:
        client = product()

        refusal(client.get("/" + "x" * 8_000), 404, "route_not_found")
        refusal(client.get("/" + "x" * 8_200), 414, "url_too_long")

    def test_long_headers_are_refused(self, product: Product) -> None:
        client = product()
        assert client.request("GET", "/users/me", headers={"X-Padding": "x" * 15_000}).status_code == 401

        for headers in (
            {"X-Padding": "x" * 17_000},
            {f"X-Padding-{number}": "x" * 1_000 for number in range(17)},
            {"Cookie": "access_token=" + "x" * 17_000},
            {"Authorization": "Bearer " + "x" * 17_000},
        ):
            refusal(client.request("GET", "/users/me", headers=headers), 431, "headers_too_large")

    def test_a_body_over_one_mebibyte_is_refused(self, product: Product) -> None:
        client = product()

        for size in (1024 * 1024 + 1, 10_000_000):
            refusal(client.request("POST", "/auth/login", data=b"x" * size), 413, "body_too_large")

    def test_a_real_server_refuses_them_too(self, clock: ManualClock, tmp_path: Path) -> None:
        """There the query is a part of the URL, as it should be."""
        built = application_in_memory(tmp_path, clock, [])
        server = ThreadedServer(create_app(built), "127.0.0.1", 0)
        server.start()
        requests: tuple[tuple[str, dict[str, str]], ...] = (
            (f"/health/live?{'x' * 8_000}", {}),
            (f"/health/live?{'x' * 8_200}", {}),
            ("/health/live", {"X-Padding": "x" * 15_000}),
            ("/health/live", {"X-Padding": "x" * 17_000}),
        )
        try:
            statuses = [_status(server.port, path, headers) for path, headers in requests]
        finally:
            server.stop()
            built.close()

        assert statuses == [200, 414, 200, 431]


def _status(port: int, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status
