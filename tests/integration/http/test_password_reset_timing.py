"""How long the routes take that must not tell whether an email has an account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask

from adapters.crypto.passwords import BcryptHasher
from entrypoints.wiring.application import Application, Replacements, build_application
from tests.building import settings_in_memory, signed_up
from tests.integration.http.client import PASSWORD, ApiClient

ROUNDS = 8
TOLERANCE_SECONDS = 0.03


@pytest.fixture(scope="module")
def slow_application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """With a real clock, real waits, and passwords that cost what they cost."""
    settings = settings_in_memory(tmp_path_factory.mktemp("timing"))
    built = build_application(settings, Replacements(hasher=BcryptHasher(cost=10), generators=[]))
    for number in range(ROUNDS):
        signed_up(built, f"known{number}@example.com")
    yield built
    built.close()


@pytest.fixture
def client(flask_app: Flask, slow_application: Application) -> ApiClient:
    flask_app.extensions["interview_prep"] = slow_application
    return ApiClient(flask_app.test_client(use_cookies=False))


Clock = Callable[[], float]


def seconds_of(act: Callable[[], object], clock: Clock) -> float:
    began_at = clock()
    act()
    return clock() - began_at


def compared(act: Callable[[str], object], clock: Clock = time.perf_counter) -> tuple[float, float]:
    """The time for emails with an account, and for emails without one, taken in turns.

    The shortest of several: whatever else the machine does can only add to it.
    """
    known, unknown = [], []
    for number in range(ROUNDS):
        known.append(seconds_of(partial(act, f"known{number}@example.com"), clock))
        unknown.append(seconds_of(partial(act, f"other{number}@example.com"), clock))
    return min(known), min(unknown)


def test_asking_for_a_reset_takes_the_same_time_for_an_unknown_email(client: ApiClient) -> None:
    known, unknown = compared(lambda email: client.post("/auth/password-reset/request", email=email))

    assert min(known, unknown) >= 0.15
    assert abs(known - unknown) < TOLERANCE_SECONDS


def test_a_wrong_otp_takes_the_same_time_for_an_unknown_email(client: ApiClient) -> None:
    known, unknown = compared(
        lambda email: client.post("/auth/password-reset/verify", email=email, otp="123456")
    )

    assert abs(known - unknown) < TOLERANCE_SECONDS


def test_a_wrong_password_takes_the_same_time_for_an_unknown_email(client: ApiClient) -> None:
    known, unknown = compared(
        lambda email: client.post("/auth/login", email=email, password=PASSWORD + " wrong"),
        clock=time.process_time,  # what other processes take must not count
    )

    assert abs(known - unknown) < TOLERANCE_SECONDS
    assert unknown > 0.02, "the hash of nobody's password has not been computed"
