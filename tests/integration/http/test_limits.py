from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from adapters.redis.rate_limiter import RedisRateLimiter
from entrypoints.http.access.security_headers import trust_proxies
from entrypoints.http.app import create_app
from entrypoints.settings import RateLimits
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import PASSWORD, ApiClient, refusal
from tests.servers import free_port

SMALL = RateLimits(
    default="5 per 15 minutes",
    auth="4 per 15 minutes",
    generate="3 per hour",
    export="2 per 10 minutes",
    health="6 per minute",
    pages="7 per minute",
)


@pytest.fixture
def application(clock: ManualClock, writer: ScriptedGenerator, tmp_path: Path) -> Iterator[Application]:
    built = application_in_memory(tmp_path, clock, [writer], limits=SMALL)
    yield built
    built.close()


def limited(answer: TestResponse, seconds: int = 15 * 60) -> None:
    """It is a refusal by a limit that is over after about that time."""
    problem = refusal(answer, 429, "rate_limited")
    assert seconds - 60 < int(answer.headers["Retry-After"]) <= seconds
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert answer.headers["RateLimit-Reset"] == answer.headers["Retry-After"]
    assert "limit" in problem["detail"]


def left(answer: TestResponse) -> tuple[int, int]:
    """The limit, and what is left of it."""
    return int(answer.headers["RateLimit-Limit"]), int(answer.headers["RateLimit-Remaining"])


def test_it_works(ada: ApiClient) -> None:
    assert [left(ada.get("/users/me")) for _ in range(5)] == [(5, 4), (5, 3), (5, 2), (5, 1), (5, 0)]

    limited(ada.get("/users/me"))


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert RateLimits() == RateLimits(
        default="100 per 15 minutes",
        auth="10 per 15 minutes",
        generate="20 per hour",
        export="5 per 10 minutes",
    )


class TestPerUser:
    def test_all_their_addresses_count_together(self, ada: ApiClient) -> None:
        for number in range(5):
            ada.request("GET", "/users/me", environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})

        limited(ada.get("/users/me"))

    def test_all_their_logins_count_together(self, ada: ApiClient, anonymous: ApiClient) -> None:
        anonymous.take_tokens(anonymous.post("/auth/login", email="ada@example.com", password=PASSWORD).json)
        for _ in range(3):
            ada.get("/users/me")
        for _ in range(2):
            anonymous.get("/users/me")

        limited(anonymous.get("/users/me"))

    def test_others_at_the_same_address_are_not_affected(self, ada: ApiClient, eve: ApiClient) -> None:
        for _ in range(6):
            ada.get("/users/me")

        assert eve.get("/users/me").status_code == 200

    def test_routes_without_a_limit_of_their_own_share_one(self, ada: ApiClient) -> None:
        paths = ("/users/me", "/sessions", "/questions", "/jobs", "/users/me/security-events")

        assert [left(ada.get(path))[1] for path in paths] == [4, 3, 2, 1, 0]
        limited(ada.get("/notifications"))


class TestPerAddress:
    def test_without_a_login_the_address_counts(self, anonymous: ApiClient) -> None:
        for _ in range(4):
            anonymous.post("/auth/login", email="nobody@example.com", password="wrong")

        limited(anonymous.post("/auth/login", email="ada@example.com", password=PASSWORD))

    def test_other_addresses_are_not_affected(self, ada: ApiClient, anonymous: ApiClient) -> None:
        for _ in range(5):
            anonymous.post("/auth/login", email="nobody@example.com", password="wrong")

        elsewhere = anonymous.request(
            "POST",
            "/auth/login",
            json={"email": "ada@example.com", "password": PASSWORD},
            environ_base={"REMOTE_ADDR": "198.51.100.9"},
        )
        assert elsewhere.status_code == 200

    def test_all_public_auth_routes_share_one(self, anonymous: ApiClient) -> None:
        for path in ("login", "register", "password-reset/request", "password-reset/verify"):
            anonymous.post(f"/auth/{path}")

        limited(anonymous.post("/auth/password-reset/confirm"))

    def test_requests_with_a_bad_token_count(self, anonymous: ApiClient) -> None:
        anonymous.access_token = "x"
        for _ in range(5):
            refusal(anonymous.get("/users/me"), 401, "token_invalid")

        limited(anonymous.get("/users/me"))

    def test_paths_that_are_no_routes_count(self, anonymous: ApiClient) -> None:
        for _ in range(5):
            refusal(anonymous.get("/nothing"), 404, "route_not_found")

        limited(anonymous.get("/nothing"))

    def test_the_docs_and_what_they_load_count_by_themselves(self, anonymous: ApiClient) -> None:
        pages = ("/api/openapi.json", "/api/docs/", "/api/docs/swagger-ui.css", "/api/docs/x", "/api/y")
        for path in (*pages, *pages[:2]):
            assert left(anonymous.get(path))[0] == 7

        assert anonymous.get("/api/openapi.json").status_code == 429
        assert anonymous.get("/nothing").status_code == 404

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"])
    def test_nobody_chooses_their_address_by_a_header(self, anonymous: ApiClient, header: str) -> None:
        for number in range(5):
            anonymous.request("GET", "/users/me", headers={header: f"192.0.2.{number}"})

        limited(anonymous.request("GET", "/users/me", headers={header: "192.0.2.99"}))


class TestLimitsOfTheirOwn:
    def test_generating(self, ada: ApiClient) -> None:
        path = f"/sessions/{ada.make_session()['id']}/questions/generate"
        answers = [ada.post(path, count=1) for _ in range(3)]

        assert [(answer.status_code, *left(answer)) for answer in answers] == [
            (202, 3, 2),
            (202, 3, 1),
            (202, 3, 0),
        ]
        limited(ada.post(path, count=1), 3600)

    def test_exporting(self, ada: ApiClient) -> None:
        path = f"/sessions/{ada.make_session()['id']}/exports"
        assert [left(ada.post(path, format="csv")) for _ in range(2)] == [(2, 1), (2, 0)]

        limited(ada.post(path, format="csv"), 600)

    def test_one_does_not_use_up_another(self, ada: ApiClient) -> None:
        session = ada.make_session()
        for _ in range(4):
            ada.post(f"/sessions/{session['id']}/questions/generate", count=1)

        assert left(ada.post(f"/sessions/{session['id']}/exports", format="csv")) == (2, 1)
        assert ada.get("/users/me").status_code == 200

    def test_health_is_asked_often(self, anonymous: ApiClient) -> None:
        for _ in range(6):
            assert anonymous.get("/health/live").status_code == 200

        limited(anonymous.get("/health/ready"), 60)

    def test_a_question_of_a_browser_uses_up_none_of_them(self, anonymous: ApiClient) -> None:
        for _ in range(6):
            assert anonymous.request("OPTIONS", "/auth/login").status_code == 200

        assert left(anonymous.post("/auth/login", email="nobody@example.com", password="wrong")) == (4, 3)


class TestBehindProxies:
    @pytest.fixture
    def behind(self, clock: ManualClock, tmp_path: Path) -> Iterator[Callable[[int], ApiClient]]:
        """Makes clients of a product that stands behind so many proxies."""
        with ExitStack() as running:

            def start(trusted_proxies: int) -> ApiClient:
                built = application_in_memory(
                    tmp_path, clock, [], limits=SMALL, trusted_proxies=trusted_proxies
                )
                running.callback(built.close)
                app = create_app(built)
                trust_proxies(app, built.settings)
                return ApiClient(app.test_client(use_cookies=False))

            yield start

    def test_each_address_has_its_own_limit(self, behind: Callable[[int], ApiClient]) -> None:
        client = behind(1)

        for address in ("192.0.2.1", "2001:db8::1"):
            headers = {"X-Forwarded-For": address}
            for _ in range(5):
                refusal(client.request("GET", "/users/me", headers=headers), 401, "not_authenticated")
            limited(client.request("GET", "/users/me", headers=headers))

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_what_stands_before_the_trusted_ones_is_not_believed(
        self, behind: Callable[[int], ApiClient], count: int
    ) -> None:
        client = behind(count)

        def ask(claimed: str) -> TestResponse:
            chain = ", ".join([claimed, "192.0.2.1", *["10.0.0.9"] * (count - 1)])
            return client.request("GET", "/users/me", headers={"X-Forwarded-For": chain})

        for number in range(5):
            refusal(ask(f"203.0.113.{number}"), 401, "not_authenticated")
        limited(ask("203.0.113.99"))

    def test_the_trail_names_the_address_that_the_proxy_saw(self, behind: Callable[[int], ApiClient]) -> None:
        client = behind(1).sign_up("ada@example.com")
        client.request(
            "POST",
            "/auth/login",
            json={"email": "ada@example.com", "password": PASSWORD},
            headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.7"},
        )

        events = client.get("/users/me/security-events").json["items"]
        assert [event["address"] for event in events if event["action"] == "logged_in"] == ["192.0.2.7"]


class TestWithoutRedis:
    @pytest.fixture
    def application(self, clock: ManualClock, tmp_path: Path) -> Iterator[Application]:
        """Its Redis is at a port where nobody listens."""
        url = f"redis://127.0.0.1:{free_port()}/0"
        built = application_in_memory(tmp_path, clock, [], limits=SMALL, redis_url=url)
        yield built
        built.close()

    def test_limits_of_this_process_take_over(self, ada: ApiClient) -> None:
        assert [left(ada.get("/users/me"))[1] for _ in range(5)] == [4, 3, 2, 1, 0]
        limited(ada.get("/users/me"))

    def test_so_do_those_of_failed_logins(self, anonymous: ApiClient) -> None:
        for _ in range(4):
            anonymous.post("/auth/login", email="nobody@example.com", password="wrong")

        limited(anonymous.post("/auth/login", email="nobody@example.com", password="wrong"))

    def test_it_is_logged_once_and_counted_each_time(
        self, application: Application, anonymous: ApiClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                anonymous.get("/health/live")

        said = [
            record for record in caplog.records if "limits are counted in this process only" in record.message
        ]
        assert len(said) == 1
        assert isinstance(application.foundation.shared.limiter, RedisRateLimiter)
        assert application.foundation.shared.limiter.is_unavailable
        assert application.foundation.shared.limiter.fallback_count == 3


def test_ten_failed_logins_lock_out_but_not_the_owner_elsewhere(
    flask_app: Flask, clock: ManualClock, tmp_path: Path
) -> None:
    """With the limit of the route out of the way, which counts all logins from an address."""
    roomy = application_in_memory(
        tmp_path, clock, [], limits=RateLimits(auth="1000 per minute", default="1000 per minute")
    )
    flask_app.extensions["interview_prep"] = roomy
    client = ApiClient(flask_app.test_client(use_cookies=False)).sign_up("ada@example.com")
    for _ in range(10):
        refusal(
            client.post("/auth/login", email="ada@example.com", password="wrong"), 401, "invalid_credentials"
        )

    right = {"email": "ada@example.com", "password": PASSWORD}
    answer = client.post("/auth/login", **right)
    elsewhere = client.request(
        "POST", "/auth/login", json=right, environ_base={"REMOTE_ADDR": "198.51.100.9"}
    )

    refusal(answer, 429, "too_many_failed_logins")
    assert 14 * 60 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert elsewhere.status_code == 200
    roomy.close()
