from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from docx import Document
from werkzeug.test import TestResponse

from core.domain.library.limits import LibraryLimits
from entrypoints.wiring.application import Application
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal, refused_fields
from tests.integration.http.exporting import exported, session_to_export

UNKNOWN = "01JD3Y5A0ZK4V9Q8N7M6H5G4F3"


def rows(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


@pytest.fixture
def session(ada: ApiClient) -> dict[str, Any]:
    return session_to_export(ada)


@pytest.fixture
def export_id(application: Application, ada: ApiClient, session: dict[str, Any]) -> str:
    return exported(application, ada, session["id"])


def test_it_works(application: Application, ada: ApiClient, session: dict[str, Any]) -> None:
    answer = ada.post(f"/sessions/{session['id']}/exports", format="csv")
    assert answer.status_code == 202
    job = answer.json["job"]
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["kind"], job["status"], job["progress"]["total"]) == ("export_session", "queued", 2)
    application.work.runner.run_due()

    export_id = ada.get(f"/jobs/{job['id']}").json["result"]["export_id"]
    shown = ada.get(f"/exports/{export_id}").json
    file = ada.get(f"/exports/{export_id}/download")

    assert shown == {
        "id": export_id,
        "session_id": session["id"],
        "job_id": job["id"],
        "format": "csv",
        "file_name": "Backend engineer - questions 2026-01-15.csv",
        "size_bytes": len(file.data),
        "question_count": 2,
        "downloads": 0,
        "is_available": True,
        "created_at": "2026-01-15T09:30:00.000Z",
        "expires_at": "2026-01-22T09:30:00.000Z",
    }
    assert file.status_code == 200
    assert file.headers["Content-Length"] == str(len(file.data))
    assert len(rows(file)) == 2


def test_only_pinned_questions_where_that_is_wanted(
    application: Application, ada: ApiClient, session: dict[str, Any]
) -> None:
    export_id = exported(application, ada, session["id"], only_pinned=True)

    assert ada.get(f"/exports/{export_id}").json["question_count"] == 1
    (row,) = rows(ada.get(f"/exports/{export_id}/download"))
    assert "What is a tuple?" in row.values()


@pytest.mark.parametrize(
    ("options", "has_answers", "has_notes"),
    [
        ({}, True, False),
        ({"include_notes": True}, True, True),
        ({"include_answers": False}, False, False),
        ({"include_answers": False, "include_notes": True}, False, True),
    ],
)
@pytest.mark.parametrize("export_format", ["csv", "docx"])
def test_answers_and_notes_as_wanted(
    application: Application,
    ada: ApiClient,
    session: dict[str, Any],
    export_format: str,
    options: dict[str, bool],
    has_answers: bool,
    has_notes: bool,
) -> None:
    export_id = exported(application, ada, session["id"], export_format, **options)
    content = ada.get(f"/exports/{export_id}/download").data

    if export_format == "csv":
        text = content.decode("utf-8-sig")
    else:
        text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)
    assert ("stays" in text) is has_answers
    assert ("Ask again." in text) is has_notes


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "format"),
        ({"format": "exe"}, "format"),
        ({"format": None}, "format"),
        ({"format": ["pdf"]}, "format"),
        ({"format": {"$gt": ""}}, "format"),
        ({"format": "pdf", "include_answers": "yes"}, "include_answers"),
        ({"format": "pdf", "include_notes": 1}, "include_notes"),
        ({"format": "pdf", "only_pinned": None}, "only_pinned"),
        ({"format": "pdf", "pages": 3}, "pages"),
    ],
)
def test_a_wrong_wish_is_refused(
    ada: ApiClient, session: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    answer = ada.request("POST", f"/sessions/{session['id']}/exports", json=body)

    assert field in refused_fields(answer)
    assert ada.get("/jobs").json["items"] == []


def test_an_empty_session_is_refused(ada: ApiClient) -> None:
    session = ada.make_session()

    answer = ada.post(f"/sessions/{session['id']}/exports", format="pdf")

    assert "no question" in refusal(answer, 409, "session_empty")["detail"]


def test_a_session_without_pins_is_empty_if_only_pins_are_wanted(ada: ApiClient) -> None:
    session = ada.make_session()
    ada.add_question(session["id"])

    answer = ada.post(f"/sessions/{session['id']}/exports", format="pdf", only_pinned=True)

    refusal(answer, 409, "session_empty")


def test_a_session_that_is_emptied_meanwhile_fails_the_job(application: Application, ada: ApiClient) -> None:
    session = ada.make_session()
    question = ada.add_question(session["id"])
    job = ada.post(f"/sessions/{session['id']}/exports", format="csv").json["job"]
    ada.delete(f"/questions/{question['id']}")

    application.work.runner.run_due()

    job = ada.get(f"/jobs/{job['id']}").json
    assert (job["status"], job["error"]["code"], job["attempts"]) == ("failed", "session_empty", 1)
    assert ada.get("/exports").json["items"] == []


def test_a_session_that_is_deleted_meanwhile_fails_the_job(
    application: Application, ada: ApiClient, session: dict[str, Any]
) -> None:
    job = ada.post(f"/sessions/{session['id']}/exports", format="csv").json["job"]
    ada.delete(f"/sessions/{session['id']}")

    application.work.runner.run_due()

    job = ada.get(f"/jobs/{job['id']}").json
    assert (job["status"], job["error"]["code"]) == ("failed", "session_not_found")


def test_foreign_and_unknown_sessions_are_not_found(eve: ApiClient, session: dict[str, Any]) -> None:
    for session_id in (session["id"], UNKNOWN):
        refusal(eve.post(f"/sessions/{session_id}/exports", format="csv"), 404, "session_not_found")


def test_a_login_is_needed(anonymous: ApiClient, export_id: str, session: dict[str, Any]) -> None:
    refusal(anonymous.post(f"/sessions/{session['id']}/exports", format="csv"), 401, "not_authenticated")
    for path in ("/exports", f"/exports/{export_id}", f"/exports/{export_id}/download"):
        refusal(anonymous.get(path), 401, "not_authenticated")
    refusal(anonymous.delete(f"/exports/{export_id}"), 401, "not_authenticated")


def test_an_export_that_was_read_before_need_not_be_sent_again(ada: ApiClient, export_id: str) -> None:
    etag = ada.get(f"/exports/{export_id}").headers["ETag"]

    again = ada.request("GET", f"/exports/{export_id}", headers={"If-None-Match": etag})
    file = ada.get(f"/exports/{export_id}/download").headers["ETag"]
    same = ada.request("GET", f"/exports/{export_id}/download", headers={"If-None-Match": file})

    assert (again.status_code, again.data) == (304, b"")
    assert (same.status_code, same.data) == (304, b"")
    assert ada.get(f"/exports/{export_id}").json["downloads"] == 1


def test_an_export_is_deleted_only_as_it_was_read(ada: ApiClient, export_id: str) -> None:
    read = ada.get(f"/exports/{export_id}").headers["ETag"]
    ada.get(f"/exports/{export_id}/download")

    stale = ada.request("DELETE", f"/exports/{export_id}", headers={"If-Match": read})
    refusal(stale, 412, "precondition_failed")
    current = ada.get(f"/exports/{export_id}").headers["ETag"]

    assert ada.request("DELETE", f"/exports/{export_id}", headers={"If-Match": current}).status_code == 204


def test_foreign_exports_are_not_found(ada: ApiClient, eve: ApiClient, export_id: str) -> None:
    refusal(eve.get(f"/exports/{export_id}"), 404, "export_not_found")
    refusal(eve.get(f"/exports/{export_id}/download"), 404, "export_not_found")
    refusal(eve.delete(f"/exports/{export_id}"), 404, "export_not_found")
    assert eve.get("/exports").json == {"items": [], "next_cursor": None}
    assert ada.get(f"/exports/{export_id}/download").status_code == 200


def test_the_list_is_newest_first_and_paged(
    application: Application, clock: ManualClock, ada: ApiClient, session: dict[str, Any]
) -> None:
    made = []
    for _ in range(5):
        made.append(exported(application, ada, session["id"]))
        clock.advance(seconds=1)

    assert [export["id"] for export in ada.walk("/exports", limit=2)] == made[::-1]


def test_the_same_key_starts_one_job(
    application: Application, ada: ApiClient, session: dict[str, Any]
) -> None:
    path, key = f"/sessions/{session['id']}/exports", {"Idempotency-Key": "export-1"}
    first = ada.request("POST", path, json={"format": "csv"}, headers=key)
    application.work.runner.run_due()

    again = ada.request("POST", path, json={"format": "csv"}, headers=key)

    assert again.status_code == 202
    assert again.json["job"]["id"] == first.json["job"]["id"]
    assert len(ada.get("/exports").json["items"]) == 1
    other = ada.request("POST", path, json={"format": "pdf"}, headers=key)
    refusal(other, 422, "idempotency_key_reused")


def test_deleting_removes_record_and_file(application: Application, ada: ApiClient, export_id: str) -> None:
    assert ada.delete(f"/exports/{export_id}").status_code == 204

    refusal(ada.get(f"/exports/{export_id}"), 404, "export_not_found")
    refusal(ada.get(f"/exports/{export_id}/download"), 404, "export_not_found")
    refusal(ada.delete(f"/exports/{export_id}"), 404, "export_not_found")
    assert list((application.settings.data_dir / "files").iterdir()) == []


def test_an_expired_export_can_be_deleted(
    application: Application, clock: ManualClock, ada: ApiClient, export_id: str
) -> None:
    clock.advance(days=7)
    application.work.chores.run_all()
    ada.take_tokens(ada.post("/auth/refresh", refresh_token=ada.refresh_token).json)

    assert ada.delete(f"/exports/{export_id}").status_code == 204


@pytest.mark.parametrize("library_limits", [LibraryLimits(max_export_bytes=100)])
def test_a_file_that_would_be_too_large_is_not_stored(
    application: Application, ada: ApiClient, session: dict[str, Any]
) -> None:
    job = ada.post(f"/sessions/{session['id']}/exports", format="csv").json["job"]

    application.work.runner.run_due()

    job = ada.get(f"/jobs/{job['id']}").json
    assert (job["status"], job["error"]["code"], job["attempts"]) == ("failed", "export_too_large", 1)
    assert "only the pinned questions" in job["error"]["detail"]
    assert ada.get("/exports").json["items"] == []
    assert not (application.settings.data_dir / "files").exists()
