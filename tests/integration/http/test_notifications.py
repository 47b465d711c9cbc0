from __future__ import annotations

from typing import Any

import pytest

from core.domain.live.notifications import MAX_NOTIFICATIONS, NotificationType
from core.services.live.notifications import Notice
from entrypoints.wiring.application import Application
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import ApiClient, refusal, refused_fields

UNKNOWN = "01JD3Y5A0ZK4V9Q8N7M6H5G4F3"


def told(user: ApiClient, **query: Any) -> list[dict[str, Any]]:
    """The notifications."""
    answer = user.get("/notifications", **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def unread_count(user: ApiClient) -> int:
    return int(user.get("/notifications").json["unread_count"])


def tell(application: Application, user: ApiClient, count: int = 1) -> None:
    """So many notifications, whose bodies tell their number."""
    user_id = user.get("/users/me").json["id"]
    for number in range(count):
        application.live.notifications.notify(
            user_id,
            f"test {number}",
            Notice(
                NotificationType.GENERATION_COMPLETE,
                {},
                {"made": number, "requested": number, "is_complete": "yes"},
            ),
        )


def body_of(*numbers: int) -> list[str]:
    return [f"{number} new questions." for number in numbers]


def test_it_works(application: Application, clock: ManualClock, ada: ApiClient) -> None:
    session = ada.make_session()
    job = ada.generate(session["id"], 3)
    assert ada.get("/notifications").json == {"items": [], "next_cursor": None, "unread_count": 0}

    application.work.runner.run_due()

    answer = ada.get("/notifications").json
    (item,) = answer["items"]
    assert item == {
        "id": item["id"],
        "type": "generation_complete",
        "title": "Your questions are ready",
        "body": "3 new questions.",
        "data": {"job_id": job["id"], "session_id": session["id"]},
        "read_at": None,
        "created_at": "2026-01-15T09:30:00.000Z",
    }
    assert (answer["unread_count"], answer["next_cursor"]) == (1, None)


def test_a_failed_job_is_told_with_its_reason(
    application: Application, writer: ScriptedGenerator, ada: ApiClient
) -> None:
    writer.fail_next("refused", is_transient=False)
    ada.generate(ada.make_session()["id"])

    application.work.runner.run_due()

    (item,) = told(ada)
    assert (item["type"], item["body"]) == ("generation_failed", "The writer is away.")


def test_an_export_is_told_with_where_it_is(application: Application, ada: ApiClient) -> None:
    session = ada.make_session()
    ada.add_question(session["id"])
    ada.post(f"/sessions/{session['id']}/exports", format="csv")

    application.work.runner.run_due()

    (item,) = told(ada)
    assert item["type"] == "export_ready"
    assert ada.get(f"/exports/{item['data']['export_id']}").status_code == 200


def test_a_cancelled_job_is_not_told(application: Application, ada: ApiClient) -> None:
    job = ada.generate(ada.make_session()["id"])
    ada.post(f"/jobs/{job['id']}/cancel")

    application.work.chores.run_all()

    assert told(ada) == []


def test_a_job_is_told_once_however_often_it_is_swept(application: Application, ada: ApiClient) -> None:
    ada.generate(ada.make_session()["id"])
    application.work.runner.run_due()

    application.work.chores.run_all()
    application.work.chores.run_all()

    assert len(told(ada)) == 1


def test_only_the_last_hundred_are_kept_newest_first(application: Application, ada: ApiClient) -> None:
    tell(application, ada, MAX_NOTIFICATIONS + 5)

    bodies = [item["body"] for item in told(ada)]

    assert MAX_NOTIFICATIONS == 100
    assert bodies == body_of(*range(104, 4, -1))
    assert unread_count(ada) == 100


def test_only_unread_ones_on_demand(application: Application, clock: ManualClock, ada: ApiClient) -> None:
    tell(application, ada, 3)
    second = told(ada)[1]
    clock.advance(seconds=5)

    answer = ada.post("/notifications/read", ids=[second["id"]])

    assert answer.json == {"updated": 1}
    assert [item["body"] for item in told(ada, unread="true")] == body_of(2, 0)
    assert [item["read_at"] for item in told(ada)] == [None, "2026-01-15T09:30:05.000Z", None]
    assert [item["body"] for item in told(ada, unread="false")] == body_of(2, 1, 0)
    assert unread_count(ada) == 2


def test_reading_again_changes_nothing(application: Application, clock: ManualClock, ada: ApiClient) -> None:
    tell(application, ada)
    (item,) = told(ada)
    ada.post("/notifications/read", ids=[item["id"]])
    (before,) = told(ada)
    clock.advance(seconds=5)

    assert ada.post("/notifications/read", ids=[item["id"], item["id"]]).json == {"updated": 0}
    assert told(ada) == [before]


def test_all_are_read_at_once(application: Application, ada: ApiClient) -> None:
    tell(application, ada, 3)

    assert ada.post("/notifications/read", all=True).json == {"updated": 3}
    assert ada.post("/notifications/read", all=True).json == {"updated": 0}

    assert unread_count(ada) == 0
    assert told(ada, unread="true") == []


def test_clearing_forgets_all(application: Application, ada: ApiClient) -> None:
    tell(application, ada, 3)

    assert ada.delete("/notifications").status_code == 204

    assert ada.get("/notifications").json == {"items": [], "next_cursor": None, "unread_count": 0}
    assert ada.delete("/notifications").status_code == 204


def test_what_was_cleared_is_not_told_again(application: Application, ada: ApiClient) -> None:
    ada.generate(ada.make_session()["id"])
    application.work.runner.run_due()
    ada.delete("/notifications")

    application.work.chores.run_all()

    assert told(ada) == []


def test_foreign_ones_are_neither_seen_nor_changed(
    application: Application, ada: ApiClient, eve: ApiClient
) -> None:
    tell(application, ada, 2)
    ids = [item["id"] for item in told(ada)]

    assert told(eve) == []
    assert eve.post("/notifications/read", ids=[*ids, UNKNOWN]).json == {"updated": 0}
    assert eve.post("/notifications/read", all=True).json == {"updated": 0}
    assert eve.delete("/notifications").status_code == 204

    assert unread_count(ada) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"all": True, "ids": [UNKNOWN]}, "body"),
        ({"all": False}, "all"),
        ({"all": 1}, "all"),
        ({"all": "true"}, "all"),
        ({"all": None}, "all"),
        ({"ids": []}, "ids"),
        ({"ids": None}, "ids"),
        ({"ids": UNKNOWN}, "ids"),
        ({"ids": [UNKNOWN] * (MAX_NOTIFICATIONS + 1)}, "ids"),
        ({"ids": [1]}, "ids"),
        ({"ids": [{"$gt": ""}]}, "ids"),
        ({"ids": ["x" * 27]}, "ids"),
        ({"id": UNKNOWN}, "id"),
    ],
)
def test_a_wrong_wish_is_refused(
    application: Application, ada: ApiClient, body: dict[str, Any], field: str
) -> None:
    tell(application, ada)

    answer = ada.request("POST", "/notifications/read", json=body)

    assert any(name.startswith(field) for name in refused_fields(answer))
    assert unread_count(ada) == 1


@pytest.mark.parametrize("query", [{"unread": "maybe"}, {"limit": "5"}, {"unread": ""}])
def test_a_wrong_query_is_refused(ada: ApiClient, query: dict[str, str]) -> None:
    refused_fields(ada.get("/notifications", **query))


def test_a_login_is_needed(anonymous: ApiClient) -> None:
    refusal(anonymous.get("/notifications"), 401, "not_authenticated")
    refusal(anonymous.post("/notifications/read", all=True), 401, "not_authenticated")
    refusal(anonymous.delete("/notifications"), 401, "not_authenticated")
