from __future__ import annotations

import pytest

from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal, refused_fields


def test_a_refresh_token_is_exchanged_for_new_tokens(ada: ApiClient, clock: ManualClock) -> None:
    before = (ada.access_token, ada.refresh_token)
    clock.advance(minutes=16)

    answer = ada.post("/auth/refresh", refresh_token=ada.refresh_token)

    assert answer.status_code == 200
    ada.take_tokens(answer.json)
    assert ada.access_token not in before
    assert ada.refresh_token not in before
    assert ada.get("/users/me").json == answer.json["user"]


def test_refreshing_goes_on_from_token_to_token(ada: ApiClient, clock: ManualClock) -> None:
    for _ in range(3):
        clock.advance(days=20)
        ada.take_tokens(ada.post("/auth/refresh", refresh_token=ada.refresh_token).json)

    assert ada.get("/users/me").status_code == 200


def test_using_an_old_token_ends_the_whole_login(ada: ApiClient, clock: ManualClock) -> None:
    old = ada.refresh_token
    ada.take_tokens(ada.post("/auth/refresh", refresh_token=old).json)
    clock.advance(seconds=10)

    refusal(ada.post("/auth/refresh", refresh_token=old), 401, "refresh_token_invalid")

    refusal(ada.post("/auth/refresh", refresh_token=ada.refresh_token), 401, "refresh_token_invalid")
    refusal(ada.get("/users/me"), 401, "login_ended")


def test_using_an_old_token_leaves_other_logins_alone(ada: ApiClient, eve: ApiClient) -> None:
    old = ada.refresh_token
    ada.post("/auth/refresh", refresh_token=old)
    ada.post("/auth/refresh", refresh_token=old)

    assert eve.post("/auth/refresh", refresh_token=eve.refresh_token).status_code == 200


def test_a_refresh_token_ends_after_thirty_days(ada: ApiClient, clock: ManualClock) -> None:
    clock.advance(days=30)

    refusal(ada.post("/auth/refresh", refresh_token=ada.refresh_token), 401, "refresh_token_invalid")


def test_a_refresh_token_ends_with_its_login(ada: ApiClient) -> None:
    ada.post("/auth/logout")

    refusal(ada.post("/auth/refresh", refresh_token=ada.refresh_token), 401, "refresh_token_invalid")


@pytest.mark.parametrize("forge", [str.lower, str.title, lambda token: token[:-1], lambda token: token + "A"])
def test_a_tampered_token_is_refused_and_ends_nothing(ada: ApiClient, forge: object) -> None:
    assert callable(forge)
    assert ada.refresh_token is not None

    refusal(ada.post("/auth/refresh", refresh_token=forge(ada.refresh_token)), 401, "refresh_token_invalid")

    assert ada.post("/auth/refresh", refresh_token=ada.refresh_token).status_code == 200


def test_a_later_generation_cannot_be_guessed(ada: ApiClient) -> None:
    assert ada.refresh_token is not None
    login_id, generation, signature = ada.refresh_token.split(".")
    guessed = f"{login_id}.{int(generation) + 1}.{signature}"

    refusal(ada.post("/auth/refresh", refresh_token=guessed), 401, "refresh_token_invalid")


@pytest.mark.parametrize("token", ["x", "..", "a.b.c", "a.1.é", "1" * 500, "a.99999999999999999999.c"])
def test_what_is_not_a_refresh_token_is_refused(anonymous: ApiClient, token: str) -> None:
    refusal(anonymous.post("/auth/refresh", refresh_token=token), 401, "refresh_token_invalid")


def test_an_access_token_is_no_refresh_token(ada: ApiClient) -> None:
    refusal(ada.post("/auth/refresh", refresh_token=ada.access_token), 401, "refresh_token_invalid")


@pytest.mark.parametrize("token", [None, 1, [], {"$gt": ""}, "x" * 501, "a\x00b"])
def test_a_token_that_cannot_be_one_is_refused_as_a_field(anonymous: ApiClient, token: object) -> None:
    assert list(refused_fields(anonymous.post("/auth/refresh", refresh_token=token))) == ["refresh_token"]
