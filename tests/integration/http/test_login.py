from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.crypto.passwords import BcryptHasher
from entrypoints.http.app import create_app
from entrypoints.wiring.application import Application, Replacements, build_application
from entrypoints.wiring.foundation import system_of_this_machine
from tests.building import settings_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient, refusal, refused_fields


def test_a_person_logs_in(ada: ApiClient, anonymous: ApiClient) -> None:
    answer = anonymous.post("/auth/login", email="ada@example.com", password=PASSWORD)

    assert answer.status_code == 200
    assert anonymous.take_tokens(answer.json).get("/users/me").json["email"] == "ada@example.com"


@pytest.mark.parametrize("spelling", ["ADA@EXAMPLE.COM", "Ada@Example.com", "  ada@example.com "])
def test_the_email_may_be_spelled_in_any_case(ada: ApiClient, anonymous: ApiClient, spelling: str) -> None:
    answer = anonymous.post("/auth/login", email=spelling, password=PASSWORD)

    assert answer.status_code == 200
    assert answer.json["user"]["email"] == "ada@example.com"


def test_two_logins_live_side_by_side(ada: ApiClient, anonymous: ApiClient) -> None:
    answer = anonymous.post("/auth/login", email="ada@example.com", password=PASSWORD)

    assert answer.json["access_token"] != ada.access_token
    ada.post("/auth/logout")
    assert anonymous.take_tokens(answer.json).get("/users/me").status_code == 200


def test_a_wrong_password_is_refused(ada: ApiClient, anonymous: ApiClient) -> None:
    answer = anonymous.post("/auth/login", email="ada@example.com", password=PASSWORD + " ")

    refusal(answer, 401, "invalid_credentials")


def test_an_unknown_email_gets_the_same_answer_as_a_wrong_password(
    ada: ApiClient, anonymous: ApiClient
) -> None:
    unknown = anonymous.post("/auth/login", email="nobody@example.com", password=PASSWORD)
    wrong = anonymous.post("/auth/login", email="ada@example.com", password="another one")

    def without_id(problem: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in problem.items() if name != "request_id"}

    assert without_id(refusal(unknown, 401, "invalid_credentials")) == without_id(wrong.json)
    assert unknown.headers["WWW-Authenticate"] == wrong.headers["WWW-Authenticate"]


def test_what_is_not_an_email_has_no_account_either(anonymous: ApiClient) -> None:
    answer = anonymous.post("/auth/login", email="not an email", password=PASSWORD)

    refusal(answer, 401, "invalid_credentials")


@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("value", [None, 1, ["x"], {"$gt": ""}, {"$ne": None}, ""])
def test_credentials_that_are_not_text_are_refused(ada: ApiClient, field: str, value: object) -> None:
    credentials: dict[str, object] = {"email": "ada@example.com", "password": PASSWORD}

    assert list(refused_fields(ada.post("/auth/login", **{**credentials, field: value}))) == [field]


class TestWithBcrypt:
    @pytest.fixture
    def application(self, clock: ManualClock, tmp_path: Path) -> Iterator[Application]:
        settings = settings_in_memory(tmp_path)
        built = build_application(
            settings,
            Replacements(
                system=system_of_this_machine(clock=clock), hasher=BcryptHasher(cost=10), generators=[]
            ),
        )
        yield built
        built.close()

    def test_a_long_passphrase_counts_to_its_last_character(self, application: Application) -> None:
        client = ApiClient(create_app(application).test_client())
        passphrase = "ünicode " * 20
        client.post("/auth/register", full_name="Ada", email="ada@example.com", password=passphrase + "a")

        wrong = client.post("/auth/login", email="ada@example.com", password=passphrase + "b")
        right = client.post("/auth/login", email="ada@example.com", password=passphrase + "a")

        refusal(wrong, 401, "invalid_credentials")
        assert right.status_code == 200

    def test_a_password_may_hold_a_nul(self, application: Application) -> None:
        client = ApiClient(create_app(application).test_client())
        client.post("/auth/register", full_name="Ada", email="ada@example.com", password="before\x00after")

        wrong = client.post("/auth/login", email="ada@example.com", password="before\x00other")

        refusal(wrong, 401, "invalid_credentials")
