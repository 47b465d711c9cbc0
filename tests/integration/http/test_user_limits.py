from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.library.limits import LibraryLimits
from entrypoints.wiring.application import Application
from tests.contract.records import an_export
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal


@pytest.mark.parametrize("library_limits", [LibraryLimits(max_sessions_per_user=1)])
def test_a_session_too_many_is_refused(ada: ApiClient) -> None:
    ada.make_session()

    answer = ada.post("/sessions", role="Developer", experience="mid", topics=["SQL"])

    assert "at most 1 session" in refusal(answer, 409, "too_many_sessions")["detail"]


@pytest.mark.parametrize("library_limits", [LibraryLimits(max_stored_exports_per_user=1)])
def test_an_export_too_many_is_refused(ada: ApiClient, application: Application, clock: ManualClock) -> None:
    session = ada.make_session()
    ada.add_question(session["id"])
    user_id = ada.get("/users/me").json["id"]
    application.foundation.stores.exports.add(
        an_export(user_id=user_id, expires_at=clock.now() + timedelta(days=7))
    )

    answer = ada.post(f"/sessions/{session['id']}/exports", format="csv")

    refusal(answer, 409, "too_many_exports")


def test_a_job_too_many_is_refused(ada: ApiClient) -> None:
    session = ada.make_session()
    for _ in range(100):
        assert ada.post(f"/sessions/{session['id']}/questions/generate", count=1).status_code == 202

    answer = ada.post(f"/sessions/{session['id']}/questions/generate", count=1)

    refusal(answer, 409, "too_many_queued_jobs")


@pytest.mark.parametrize(
    "path",
    [
        "/sessions",
        "/sessions/{session_id}/questions/generate",
        "/sessions/{session_id}/exports",
        "/questions/{question_id}/regenerate",
        "/jobs/{job_id}/retry",
    ],
)
def test_the_description_mentions_the_limits(ada: ApiClient, path: str) -> None:
    described = ada.get("/api/openapi.json").json

    assert "409" in described["paths"][f"/api/v1{path}"]["post"]["responses"]
