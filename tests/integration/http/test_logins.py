"""GET and DELETE /users/me/logins."""

from __future__ import annotations

from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient, refusal

LOGINS = "/users/me/logins"


def log_in_elsewhere(anonymous: ApiClient) -> ApiClient:
    answer = anonymous.request(
        "POST",
        "/auth/login",
        json={"email": "ada@example.com", "password": PASSWORD},
        headers={"User-Agent": "curl/8.5.0"},
        environ_base={"REMOTE_ADDR": "198.51.100.9"},
    )
    anonymous.take_tokens(answer.json)
    return anonymous


def test_it_works(ada: ApiClient, anonymous: ApiClient, clock: ManualClock) -> None:
    clock.advance(minutes=1)
    log_in_elsewhere(anonymous)

    answer = ada.get(LOGINS).json
    elsewhere, here = answer["items"]
    assert answer["next_cursor"] is None
    assert (elsewhere["device"], elsewhere["address"]) == ("curl/8.5.0", "198.51.100.9")
    assert (elsewhere["is_current"], here["is_current"]) == (False, True)
    assert elsewhere["created_at"] == elsewhere["last_used_at"] == "2026-01-15T09:31:00.000Z"


def test_a_refresh_is_a_use(ada: ApiClient, clock: ManualClock) -> None:
    clock.advance(minutes=5)
    ada.take_tokens(ada.post("/auth/refresh", refresh_token=ada.refresh_token).json)

    (login,) = ada.get(LOGINS).json["items"]
    assert login["created_at"] == "2026-01-15T09:30:00.000Z"
    assert login["last_used_at"] == "2026-01-15T09:35:00.000Z"


def test_another_login_can_be_ended(ada: ApiClient, anonymous: ApiClient) -> None:
    elsewhere = log_in_elsewhere(anonymous)
    (login_id,) = [login["id"] for login in ada.get(LOGINS).json["items"] if not login["is_current"]]

    assert ada.delete(f"{LOGINS}/{login_id}").status_code == 204

    refusal(elsewhere.get("/users/me"), 401, "login_ended")
    assert len(ada.get(LOGINS).json["items"]) == 1
    assert ada.get("/users/me/security-events").json["items"][0]["action"] == "login_ended"


def test_a_login_that_has_ended_is_not_found(ada: ApiClient, anonymous: ApiClient) -> None:
    log_in_elsewhere(anonymous)
    (login_id,) = [login["id"] for login in ada.get(LOGINS).json["items"] if not login["is_current"]]
    ada.delete(f"{LOGINS}/{login_id}")

    refusal(ada.delete(f"{LOGINS}/{login_id}"), 404, "login_not_found")


def test_somebody_elses_login_is_not_found(ada: ApiClient, eve: ApiClient) -> None:
    (login,) = ada.get(LOGINS).json["items"]

    refusal(eve.delete(f"{LOGINS}/{login['id']}"), 404, "login_not_found")
    assert ada.get("/users/me").status_code == 200
