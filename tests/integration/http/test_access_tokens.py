from __future__ import annotations

import base64
import json
from pathlib import Path

import jwt
import pytest

from entrypoints.http.app import create_app
from tests.building import application_in_memory, signed_up
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal


def test_an_access_token_is_good_for_fifteen_minutes(ada: ApiClient, clock: ManualClock) -> None:
    clock.advance(minutes=14, seconds=59)

    assert ada.get("/users/me").status_code == 200


def test_an_expired_token_is_refused(ada: ApiClient, clock: ManualClock) -> None:
    clock.advance(minutes=15)

    answer = ada.get("/users/me")

    refusal(answer, 401, "token_expired")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_no_token_is_refused(anonymous: ApiClient) -> None:
    answer = anonymous.get("/users/me")

    refusal(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a=b", "Token x", "\x00", "Bearer " + " " * 2000],
)
def test_a_header_without_a_bearer_token_is_refused(anonymous: ApiClient, authorization: str) -> None:
    answer = anonymous.request("GET", "/users/me", headers={"Authorization": authorization})

    refusal(answer, 401, "not_authenticated")


@pytest.mark.parametrize("token", ["x", "a.b", "a.b.c", "é.é.é", "....", "null", "." * 5000])
def test_what_is_not_a_token_is_refused(anonymous: ApiClient, token: str) -> None:
    anonymous.access_token = token

    refusal(anonymous.get("/users/me"), 401, "token_invalid")


def test_a_token_of_another_installation_is_refused(
    ada: ApiClient, clock: ManualClock, tmp_path: Path
) -> None:
    other = application_in_memory(
        tmp_path, clock, [], secret_keys=("another secret, just as long as the first",)
    )
    ada.access_token = signed_up(other).access_token
    other.close()

    refusal(ada.get("/users/me"), 401, "token_invalid")


def test_a_token_of_an_older_key_is_still_good(clock: ManualClock, tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    url = f"sqlite:///{path}"
    before = application_in_memory(tmp_path, clock, [], database_url=url, secret_keys=("old key " * 5,))
    token = signed_up(before).access_token
    before.close()
    after = application_in_memory(
        tmp_path, clock, [], database_url=url, secret_keys=("new key " * 5, "old key " * 5)
    )

    answer = ApiClient(create_app(after).test_client(), token).get("/users/me")

    after.close()
    assert answer.status_code == 200


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_tampered_token_is_refused(ada: ApiClient, part: int) -> None:
    assert ada.access_token is not None
    parts = ada.access_token.split(".")
    middle = len(parts[part]) // 2
    replacement = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + replacement + parts[part][middle + 1 :]
    ada.access_token = ".".join(parts)

    refusal(ada.get("/users/me"), 401, "token_invalid")


def test_somebody_elses_name_in_the_claims_is_refused(ada: ApiClient, eve: ApiClient) -> None:
    assert ada.access_token is not None
    assert eve.access_token is not None
    header, _, signature = eve.access_token.split(".")
    eve.access_token = ".".join([header, ada.access_token.split(".")[1], signature])

    refusal(eve.get("/users/me"), 401, "token_invalid")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_a_token_without_a_signature_is_refused(ada: ApiClient, algorithm: str) -> None:
    assert ada.access_token is not None
    header = _encoded({"alg": algorithm, "typ": "at+jwt"})
    ada.access_token = f"{header}.{ada.access_token.split('.')[1]}."

    refusal(ada.get("/users/me"), 401, "token_invalid")


def test_a_token_signed_with_a_known_key_is_refused(ada: ApiClient) -> None:
    assert ada.access_token is not None
    claims = jwt.decode(ada.access_token, options={"verify_signature": False})
    ada.access_token = jwt.encode(claims, "a key that everybody can guess, of length 32", algorithm="HS256")

    refusal(ada.get("/users/me"), 401, "token_invalid")


@pytest.mark.parametrize(
    "header", [b"[" * 9000, b'{"alg":' * 1500, b'{"alg":["HS256"]}', b"7" * 6000, b"\xff"]
)
def test_a_token_with_a_hostile_header_is_refused(ada: ApiClient, header: bytes) -> None:
    encoded = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
    ada.access_token = f"{encoded}.e30.c2ln"

    refusal(ada.get("/users/me"), 401, "token_invalid")


def test_a_refresh_token_is_no_access_token(ada: ApiClient) -> None:
    ada.access_token = ada.refresh_token

    refusal(ada.get("/users/me"), 401, "token_invalid")


def _encoded(part: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
