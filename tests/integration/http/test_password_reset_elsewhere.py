"""A password reset ends logins in every process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from entrypoints.http.app import create_app
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient, refusal
from tests.integration.http.mailbox import Mailbox

NEW_PASSWORD = "another horse battery"


@pytest.fixture
def application(clock: ManualClock, tmp_path: Path) -> Iterator[Application]:
    built = application_in_memory(tmp_path, clock, [], database_url=f"sqlite:///{tmp_path / 'shared.db'}")
    yield built
    built.close()


@pytest.fixture
def elsewhere(application: Application, clock: ManualClock, tmp_path: Path) -> Iterator[ApiClient]:
    """A client of another process, on the same database."""
    other = application_in_memory(tmp_path, clock, [], database_url=application.settings.database_url)
    yield ApiClient(create_app(other).test_client(use_cookies=False))
    other.close()


def reset(ada: ApiClient, anonymous: ApiClient, application: Application) -> None:
    anonymous.post("/auth/password-reset/request", email="ada@example.com")
    otp = Mailbox(application).otp()
    token = anonymous.post("/auth/password-reset/verify", email="ada@example.com", otp=otp).json[
        "reset_token"
    ]
    answer = anonymous.post("/auth/password-reset/confirm", reset_token=token, new_password=NEW_PASSWORD)
    assert answer.status_code == 204


def change(ada: ApiClient, anonymous: ApiClient, application: Application) -> None:
    other = ApiClient(anonymous._client)
    other.take_tokens(other.post("/auth/login", email="ada@example.com", password=PASSWORD).json)
    answer = other.post("/auth/password", current_password=PASSWORD, new_password=NEW_PASSWORD)
    assert answer.status_code == 204


def log_out(ada: ApiClient, anonymous: ApiClient, application: Application) -> None:
    assert ada.post("/auth/logout").status_code == 204


def reuse(ada: ApiClient, anonymous: ApiClient, application: Application) -> None:
    """Of the token from two refreshes ago."""
    second = anonymous.post("/auth/refresh", refresh_token=ada.refresh_token).json["refresh_token"]
    for token in (second, ada.refresh_token):
        anonymous.post("/auth/refresh", refresh_token=token)


@pytest.mark.parametrize("end", [reset, change, log_out, reuse])
def test_a_revoked_token_stops_working_within_five_seconds(
    ada: ApiClient,
    anonymous: ApiClient,
    elsewhere: ApiClient,
    application: Application,
    clock: ManualClock,
    end: Callable[[ApiClient, ApiClient, Application], None],
) -> None:
    elsewhere.access_token = ada.access_token
    assert elsewhere.get("/users/me").status_code == 200

    end(ada, anonymous, application)

    refusal(ada.get("/users/me"), 401, "login_ended")
    clock.advance(seconds=5)
    refusal(elsewhere.get("/users/me"), 401, "login_ended")


def test_its_refresh_token_stops_at_once(
    ada: ApiClient, anonymous: ApiClient, elsewhere: ApiClient, application: Application
) -> None:
    reset(ada, anonymous, application)

    answer = elsewhere.post("/auth/refresh", refresh_token=ada.refresh_token)
    refusal(answer, 401, "refresh_token_invalid")


def test_the_new_password_is_good_at_once_on_every_process(
    ada: ApiClient, anonymous: ApiClient, elsewhere: ApiClient, application: Application
) -> None:
    reset(ada, anonymous, application)

    answer = elsewhere.post("/auth/login", email="ada@example.com", password=NEW_PASSWORD)
    assert answer.status_code == 200
