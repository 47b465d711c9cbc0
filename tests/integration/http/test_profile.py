from __future__ import annotations

import pytest

from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refused_fields


def test_a_user_reads_the_own_profile(ada: ApiClient) -> None:
    profile = ada.get("/users/me").json

    assert profile["full_name"] == "Ada Lovelace"
    assert profile["email"] == "ada@example.com"
    assert profile["created_at"] == profile["updated_at"] == "2026-01-15T09:30:00.000Z"


def test_a_user_changes_the_name(ada: ApiClient, clock: ManualClock) -> None:
    clock.advance(minutes=1)

    changed = ada.patch("/users/me", full_name="Ada King").json

    assert changed["full_name"] == "Ada King"
    assert changed["updated_at"] == "2026-01-15T09:31:00.000Z"
    assert ada.get("/users/me").json == changed


def test_a_change_of_nothing_changes_nothing(ada: ApiClient) -> None:
    before = ada.get("/users/me")

    assert ada.patch("/users/me").json == before.json
    assert ada.get("/users/me").headers["ETag"] == before.headers["ETag"]


def test_another_users_profile_is_not_touched(ada: ApiClient, eve: ApiClient) -> None:
    ada.patch("/users/me", full_name="Ada King")

    assert eve.get("/users/me").json["full_name"] == "Ada Lovelace"


@pytest.mark.parametrize("field", ["id", "email", "password", "created_at", "email_key", "version"])
def test_what_is_not_the_users_to_change_is_refused(ada: ApiClient, field: str) -> None:
    before = ada.get("/users/me").json

    assert list(refused_fields(ada.patch("/users/me", **{field: "x", "full_name": "Eve"}))) == [field]
    assert ada.get("/users/me").json == before


@pytest.mark.parametrize("name", ["", " ", None, 7, ["Ada"], {"$set": "x"}, "x" * 201, "a\x00", "\ud83d"])
def test_what_is_not_a_name_is_refused(ada: ApiClient, name: object) -> None:
    assert list(refused_fields(ada.patch("/users/me", full_name=name))) == ["full_name"]
    assert ada.get("/users/me").json["full_name"] == "Ada Lovelace"
