"""With PUBLIC_URL set, requests for other hosts are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from entrypoints.http.access.security_headers import trust_proxies
from entrypoints.http.app import create_app
from entrypoints.http.live.sockets import Sockets
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import refusal

Ask = Callable[..., TestResponse]
"""Asks a product with a public URL, with these headers."""


PUBLIC_URL = "https://prep.example.com"


@pytest.fixture
def ask(clock: ManualClock, tmp_path: Path) -> Iterator[Ask]:
    with ExitStack() as running:

        def answer(
            public_url: str, path: str = "/api/v1/users/me", proxies: int = 0, **headers: str
        ) -> TestResponse:
            built = application_in_memory(
                tmp_path,
                clock,
                [],
                public_url=public_url,
                has_public_url=True,
                trusted_proxies=proxies,
            )
            running.callback(built.close)
            app = create_app(built)
            trust_proxies(app, built.settings)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return app.test_client(use_cookies=False).get(path, headers=named)

        yield answer


@pytest.mark.parametrize(
    ("public_url", "host"),
    [
        ("https://prep.example.com", "prep.example.com"),
        ("https://prep.example.com", "PREP.Example.com:443"),
        ("https://prep.example.com:443", "prep.example.com"),
        ("http://prep.example.com", "prep.example.com:80"),
        ("http://prep.example.com:8000", "prep.example.com:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://prép.example", "xn--prp-cma.example"),
    ],
)
def test_the_public_host_is_served(ask: Ask, public_url: str, host: str) -> None:
    refusal(ask(public_url, Host=host), 401, "not_authenticated", public_url)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "prep.example.com.evil.example",
        "sub.prep.example.com",
        "prep.example.com:8443",
        "prep.example.com:80",
        "prep.example.com:x",
        "[::1",
        "",
    ],
)
def test_another_host_is_refused(ask: Ask, host: str) -> None:
    refusal(ask(PUBLIC_URL, Host=host), 421, "wrong_host", PUBLIC_URL)


@pytest.mark.parametrize("path", ["/api/docs/", "/", "/nothing", "/healthy"])
def test_pages_are_refused_too(ask: Ask, path: str) -> None:
    refusal(ask(PUBLIC_URL, path, Host="evil.example"), 421, "wrong_host", PUBLIC_URL)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_probes_may_call_any_host(ask: Ask, path: str) -> None:
    assert ask(PUBLIC_URL, path, Host="10.0.0.7:8000").status_code == 200


def test_metrics_may_be_read_at_any_host(ask: Ask) -> None:
    assert ask("https://prep.example.com", "/metrics", Host="10.0.0.7:8000").status_code != 421


def test_a_trusted_proxy_names_the_host(ask: Ask) -> None:
    forwarded = {"Host": "127.0.0.1:8000", "X_Forwarded_Proto": "https"}

    served = ask("https://prep.example.com", proxies=1, X_Forwarded_Host="prep.example.com", **forwarded)
    refused = ask("https://prep.example.com", proxies=1, X_Forwarded_Host="evil.example", **forwarded)

    refusal(served, 401, "not_authenticated", PUBLIC_URL)
    refusal(refused, 421, "wrong_host", PUBLIC_URL)


def test_nobody_else_names_the_host(ask: Ask) -> None:
    answer = ask("https://prep.example.com", Host="evil.example", X_Forwarded_Host="prep.example.com")

    refusal(answer, 421, "wrong_host", PUBLIC_URL)


@pytest.mark.parametrize(("host", "is_served"), [("prep.example.com", True), ("evil.example", False)])
def test_sockets_are_served_at_the_public_host_only(
    clock: ManualClock, tmp_path: Path, host: str, is_served: bool
) -> None:
    settings: dict[str, Any] = {"public_url": "https://prep.example.com", "has_public_url": True}
    built = application_in_memory(tmp_path, clock, [], **settings)
    token = built.identity.accounts.register("Ada", "ada@example.com", "correct horse battery").access_token
    app = create_app(built)
    sockets = Sockets(app, built, "threading")
    try:
        client = sockets._io.test_client(app, auth={"token": token}, headers={"Host": host})
        assert client.is_connected() == is_served
    finally:
        sockets.stop()
        built.close()
