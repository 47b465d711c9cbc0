from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient, refusal
from tests.servers import free_port


@pytest.fixture
def application(clock: ManualClock, tmp_path: Path) -> Iterator[Application]:
    """Its Redis is at a port where nobody listens."""
    built = application_in_memory(tmp_path, clock, [], redis_url=f"redis://127.0.0.1:{free_port()}/0")
    yield built
    built.close()


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_no_otp_is_to_be_had(ada: ApiClient, anonymous: ApiClient, email: str) -> None:
    for _ in range(5):
        answer = anonymous.post("/auth/password-reset/request", email=email)
        refusal(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1


def test_no_otp_is_looked_at(ada: ApiClient, anonymous: ApiClient) -> None:
    for number in range(10):
        answer = anonymous.post("/auth/password-reset/verify", email="ada@example.com", otp=f"{number:06d}")
        refusal(answer, 503, "unavailable")


def test_no_password_is_set(ada: ApiClient, anonymous: ApiClient) -> None:
    answer = anonymous.post(
        "/auth/password-reset/confirm", reset_token="x", new_password="another horse battery"
    )

    refusal(answer, 503, "unavailable")


def test_the_rest_goes_on(ada: ApiClient, anonymous: ApiClient) -> None:
    began_at = time.monotonic()
    answer = anonymous.post("/auth/login", email="ada@example.com", password=PASSWORD)

    assert answer.status_code == 200
    assert ada.make_session()["id"]
    assert (
        ada.post(
            "/auth/password", current_password=PASSWORD, new_password="another horse battery"
        ).status_code
        == 204
    )
    assert time.monotonic() - began_at < 5


def test_it_is_in_the_log(ada: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    assert any(
        record.levelno == logging.WARNING and "limits are counted in this process only" in record.message
        for record in [*caplog.get_records("setup"), *caplog.records]
    )
