from __future__ import annotations

from tests.integration.http.client import ApiClient


def test_a_session_is_made_and_read(ada: ApiClient) -> None:
    made = ada.make_session(tags=["March", "march"])

    assert ada.get(f"/sessions/{made['id']}").json == made
    assert made["tags"] == ["march"]
    assert made["question_count"] == 0


def test_somebody_elses_session_does_not_exist(ada: ApiClient, eve: ApiClient) -> None:
    made = ada.make_session()

    answer = eve.get(f"/sessions/{made['id']}")

    assert answer.status_code == 404
    assert answer.json["code"] == "session_not_found"
