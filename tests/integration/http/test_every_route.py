"""Rules for every route in the OpenAPI document, including future ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from entrypoints.links import API_PREFIX as PREFIX
from entrypoints.settings import RateLimits
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal
from tests.integration.http.described import openapi_document

PUBLIC = {
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/password-reset/request",
    "POST /api/v1/auth/password-reset/verify",
    "POST /api/v1/auth/password-reset/confirm",
    "POST /api/v1/auth/verify-email",
    "GET /api/v1/mail/unsubscribe",
    "POST /api/v1/mail/unsubscribe",
    "POST /api/v1/mail/reports/{relay}",
    "GET /health/live",
    "GET /health/ready",
}
"""All that may be reached without a login. Whoever adds to it has thought about it."""

ULID = "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"


def described(app: Flask) -> list[tuple[str, str]]:
    """Method and path of every route in the document, with ids in place of parameters."""
    methods = ("get", "put", "post", "patch", "delete", "head", "options", "trace")
    return [
        (method.upper(), path)
        for path, item in openapi_document(app)["paths"].items()
        for method in methods
        if method in item
    ]


def concrete(path: str) -> str:
    return "/".join(ULID if part.startswith("{") else part for part in path.split("/"))


@pytest.fixture
def routes(flask_app: Flask) -> list[tuple[str, str]]:
    return described(flask_app)


@pytest.fixture
def bare(flask_app: Flask, application: Application) -> ApiClient:
    """Somebody without a login, whose answers are not held against the document."""
    flask_app.extensions["interview_prep"] = application
    return ApiClient(FlaskClient(flask_app, flask_app.response_class, use_cookies=False))


def test_the_document_describes_all_routes_of_the_api(
    flask_app: Flask, routes: list[tuple[str, str]]
) -> None:
    served = {
        (method, rule.rule.count("/"), rule.rule.partition("<")[0])
        for rule in flask_app.url_map.iter_rules()
        if rule.rule.startswith((f"{PREFIX}/", "/health/"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert served == {(method, path.count("/"), path.partition("{")[0]) for method, path in routes}
    assert len(routes) > 30


def test_every_route_is_limited(bare: ApiClient, routes: list[tuple[str, str]]) -> None:
    for method, path in routes:
        headers = bare.request(method, concrete(path)).headers
        missing = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} - set(headers.keys())
        assert not missing, f"{method} {path}"


def test_every_route_is_limited_for_who_is_logged_in(
    ada: ApiClient, bare: ApiClient, routes: list[tuple[str, str]]
) -> None:
    bare.access_token = ada.access_token
    for method, path in routes:
        if path.endswith("/logout"):
            continue
        assert "RateLimit-Limit" in bare.request(method, concrete(path)).headers, f"{method} {path}"


class TestWhenTheLimitIsUsedUp:
    @pytest.fixture
    def application(self, clock: ManualClock, tmp_path: Path) -> Iterator[Application]:
        once = RateLimits(*["1 per hour"] * len(RateLimits.__dataclass_fields__))
        built = application_in_memory(tmp_path, clock, [], limits=once)
        yield built
        built.close()

    def test_every_route_refuses(self, bare: ApiClient, routes: list[tuple[str, str]]) -> None:
        """From an address of its own for each, so that each has one request to use up."""
        for number, (method, path) in enumerate(routes):
            where = {"environ_base": {"REMOTE_ADDR": f"192.0.2.{number}"}}
            bare.request(method, concrete(path), **where)
            answer = bare.request(method, concrete(path), **where)
            refusal(answer, 429, "rate_limited")
            assert int(answer.headers["Retry-After"]) > 0, f"{method} {path}"


def test_every_route_needs_a_login_but_the_public_ones(
    bare: ApiClient, routes: list[tuple[str, str]]
) -> None:
    reachable = set()
    for method, path in routes:
        answer = bare.request(method, concrete(path))
        if answer.json is None or answer.json.get("code") != "not_authenticated":
            reachable.add(f"{method} {path}")

    assert reachable == PUBLIC


def test_none_of_the_others_is_reached_with_a_bad_token(
    bare: ApiClient, routes: list[tuple[str, str]]
) -> None:
    bare.access_token = "not.a.token"
    for method, path in routes:
        if f"{method} {path}" not in PUBLIC:
            refusal(bare.request(method, concrete(path)), 401, "token_invalid")


def test_none_of_the_unsafe_ones_is_reached_by_cookie_alone(
    ada: ApiClient, bare: ApiClient, routes: list[tuple[str, str]]
) -> None:
    for method, path in routes:
        if f"{method} {path}" not in PUBLIC and method != "GET":
            answer = bare.request(
                method, concrete(path), headers={"Cookie": f"access_token={ada.access_token}"}
            )
            refusal(answer, 403, "csrf_failed")


def test_the_document_says_which_ones_are_public(flask_app: Flask) -> None:
    document = openapi_document(flask_app)
    said = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and operation.get("security") == []
    }

    assert document["security"]
    assert said == PUBLIC


def test_only_pages_and_metrics_are_outside_the_document(flask_app: Flask) -> None:
    others = {
        rule.rule
        for rule in flask_app.url_map.iter_rules()
        if not rule.rule.startswith((f"{PREFIX}/", "/health/"))
    }

    assert others <= {
        "/",
        "/api/openapi.json",
        "/api/docs/",
        "/api/docs/<path:path>",
        "/live",
        "/live/<path:name>",
        "/verify-email",
        "/metrics",
        "/problems",
        "/problems/<name>",
    }
