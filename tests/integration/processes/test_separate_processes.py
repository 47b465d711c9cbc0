"""interview-prep api and interview-prep worker: apart, on Redis and the MongoDB protocol."""

from __future__ import annotations

import csv
import io

import pytest
from docx import Document
from pypdf import PdfReader

from tests.integration.processes.installation import Installation


@pytest.mark.parametrize("api_processes", ["1", "2"])
def test_the_tour(separate: Installation, api_processes: str) -> None:
    separate.serve("api", "--workers", api_processes)
    separate.work()
    ada = separate.person().sign_up()

    session_id = ada.make_session("Data engineer")
    job = ada.ended(ada.generate(session_id, 6))
    assert (job["status"], job["progress"]["done"], job["progress"]["total"]) == ("succeeded", 6, 6)
    questions = ada.questions(session_id)
    assert sorted(question["id"] for question in questions) == job["result"]["question_ids"]

    first = questions[0]["id"]
    ada.ask(
        "PATCH", f"/questions/{first}", json={"text": "How do you name a lighthouse?", "notes": "Slowly."}
    )
    assert ada.ask("PUT", f"/questions/{first}/pin")["pinned"]
    assert ada.ask("GET", f"/questions/{first}")["text"] == "How do you name a lighthouse?"

    pages = PdfReader(io.BytesIO(ada.exported(session_id, "pdf"))).pages
    printed = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Data engineer" in printed
    assert "How do you name a lighthouse?" in printed

    document = Document(io.BytesIO(ada.exported(session_id, "docx", include_notes=True, only_pinned=True)))
    written = " ".join(paragraph.text for paragraph in document.paragraphs)
    assert "How do you name a lighthouse?" in written
    assert "Slowly." in written

    table = ada.exported(session_id, "csv").decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(table, newline="")))) == 1 + 6

    told = ada.ask("GET", "/notifications")
    assert [item["type"] for item in told["items"]] == ["export_ready"] * 3 + ["generation_complete"]
    assert told["unread_count"] == 4


def test_part_of_a_large_file_is_served_from_gridfs(separate: Installation) -> None:
    separate.serve("api", "--workers", "1")
    separate.work()
    ada = separate.person().sign_up()
    session_id = ada.make_session()
    answer = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(9000))
    for number in range(12):
        body = {"text": f"What is number {number}?", "answer": answer}
        ada.ask("POST", f"/sessions/{session_id}/questions", 201, json=body)
    job = ada.ended(ada.export(session_id, "csv"))
    path = f"/exports/{job['result']['export_id']}/download"
    whole = ada.fetch("GET", path).content
    assert len(whole) > 300_000

    part = ada.fetch("GET", path, headers={"Range": "bytes=262100-262200"})

    assert part.status_code == 206
    assert part.content == whole[262100:262201]


def test_api_alone_wants_servers(embedded: Installation) -> None:
    ended = embedded.command("api")

    assert ended.returncode == 1
    assert "DATABASE_URL" in ended.stderr
    assert "interview-prep run" in ended.stderr


def test_the_secret_has_to_be_given_where_processes_share_it(embedded: Installation) -> None:
    ended = embedded.command("worker", SECRET_KEY="", REDIS_URL="redis://127.0.0.1:1")

    assert ended.returncode == 1
    assert "SECRET_KEY" in ended.stderr
