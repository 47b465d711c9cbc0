from __future__ import annotations

from tests.integration.http.client import ApiClient, refusal


def test_a_login_is_ended(ada: ApiClient) -> None:
    answer = ada.post("/auth/logout")

    assert answer.status_code == 204
    assert answer.data == b""
    refusal(ada.get("/users/me"), 401, "login_ended")


def test_a_body_is_not_needed(ada: ApiClient) -> None:
    assert ada.request("POST", "/auth/logout").status_code == 204


def test_it_cannot_be_done_twice(ada: ApiClient) -> None:
    ada.post("/auth/logout")

    refusal(ada.post("/auth/logout"), 401, "login_ended")


def test_it_needs_a_login(anonymous: ApiClient) -> None:
    refusal(anonymous.post("/auth/logout"), 401, "not_authenticated")
