"""One-time passwords, passwords and tokens are nowhere to be read but where they belong."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient
from tests.integration.http.mailbox import Mailbox

NEW_PASSWORD = "another horse battery"
MISTYPED = "a horse of a wrong colour"


@pytest.fixture
def application(clock: ManualClock, tmp_path: Path) -> Iterator[Application]:
    built = application_in_memory(tmp_path, clock, [], database_url=f"sqlite:///{tmp_path / 'product.db'}")
    yield built
    built.close()


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        yield


def stored(folder: Path) -> str:
    """All that the databases of the product hold."""
    texts = []
    for path in folder.glob("*.db"):
        with closing(sqlite3.connect(path)) as database:
            texts += list(database.iterdump())
    return "\n".join(texts)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    records = [*caplog.get_records("setup"), *caplog.records]
    return "\n".join(json.dumps(vars(record), default=str) for record in records)


def holds(text: str, secret: str) -> bool:
    """As a whole: six digits may well be a part of some number."""
    return re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text) is not None


def test_a_search_like_this_one_would_find_them(ada: ApiClient, tmp_path: Path) -> None:
    session = ada.make_session(description="the number 042137, said aloud")

    assert holds(stored(tmp_path), "042137")
    assert holds(stored(tmp_path), session["id"])


def test_no_secret_of_a_reset_is_stored_or_logged(
    ada: ApiClient,
    anonymous: ApiClient,
    application: Application,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    anonymous.post("/auth/password-reset/request", email="ada@example.com")
    before_sending = stored(tmp_path)
    otp = Mailbox(application).otp()
    wrong = f"{(int(otp) + 1) % 1_000_000:06d}"
    anonymous.post("/auth/password-reset/verify", email="ada@example.com", otp=wrong)
    verified = anonymous.post("/auth/password-reset/verify", email="ada@example.com", otp=otp)
    token = verified.json["reset_token"]
    with_token = stored(tmp_path)
    anonymous.post("/auth/password-reset/confirm", reset_token=token, new_password=PASSWORD)
    anonymous.post("/auth/password-reset/confirm", reset_token=token, new_password=NEW_PASSWORD)
    anonymous.post("/auth/login", email="ada@example.com", password=MISTYPED)
    logged_in = anonymous.post("/auth/login", email="ada@example.com", password=NEW_PASSWORD).json
    anonymous.post("/auth/refresh", refresh_token=logged_in["refresh_token"])

    seen = "\n".join((before_sending, with_token, stored(tmp_path), logged(caplog)))
    for secret in (
        otp,
        wrong,
        token,
        PASSWORD,
        NEW_PASSWORD,
        MISTYPED,
        logged_in["access_token"],
        logged_in["refresh_token"],
        ada.access_token,
        ada.refresh_token,
    ):
        assert secret
        assert not holds(seen, secret)


def test_what_was_sealed_into_a_mail_is_forgotten_after_sending(
    ada: ApiClient, anonymous: ApiClient, application: Application, tmp_path: Path
) -> None:
    anonymous.post("/auth/password-reset/request", email="ada@example.com")
    sealed = re.compile(r'"sealed_context":\s*"gAAAA')
    assert sealed.search(stored(tmp_path))

    Mailbox(application).otp()

    assert not sealed.search(stored(tmp_path))


def test_an_email_without_an_account_is_neither_stored_nor_logged(
    anonymous: ApiClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    anonymous.post("/auth/password-reset/request", email="nobody@example.com")
    anonymous.post("/auth/password-reset/verify", email="nobody@example.com", otp="123456")
    anonymous.post("/auth/login", email="nobody@example.com", password=MISTYPED)

    seen = stored(tmp_path) + logged(caplog)
    assert "password_reset_requested" in seen
    assert "nobody@example.com" not in seen
