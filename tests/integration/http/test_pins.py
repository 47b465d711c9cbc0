from __future__ import annotations

import pytest

from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal


@pytest.fixture
def question_id(ada: ApiClient) -> str:
    made: str = ada.add_question(ada.make_session()["id"])["id"]
    return made


def test_a_question_is_pinned_and_unpinned(ada: ApiClient, question_id: str) -> None:
    pinned = ada.put(f"/questions/{question_id}/pin")

    assert (pinned.status_code, pinned.json["pinned"]) == (200, True)
    assert ada.get(f"/questions/{question_id}").json == pinned.json
    unpinned = ada.delete(f"/questions/{question_id}/pin")
    assert (unpinned.status_code, unpinned.json["pinned"]) == (200, False)


def test_pinning_twice_is_pinning_once(ada: ApiClient, clock: ManualClock, question_id: str) -> None:
    once = ada.put(f"/questions/{question_id}/pin")
    clock.advance(seconds=1)

    twice = ada.put(f"/questions/{question_id}/pin")

    assert twice.json == once.json
    assert twice.headers["ETag"] == once.headers["ETag"]


def test_unpinning_what_is_not_pinned_changes_nothing(ada: ApiClient, question_id: str) -> None:
    before = ada.get(f"/questions/{question_id}")

    assert ada.delete(f"/questions/{question_id}/pin").json == before.json


def test_what_is_not_there_cannot_be_pinned(ada: ApiClient) -> None:
    refusal(ada.put("/questions/01JD3Y6T0ZK4V9Q8N7M6H5G4F3/pin"), 404, "question_not_found")
    refusal(ada.delete("/questions/01JD3Y6T0ZK4V9Q8N7M6H5G4F3/pin"), 404, "question_not_found")
