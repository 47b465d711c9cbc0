from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import unquote

import pytest
from docx import Document
from pypdf import PdfReader
from werkzeug.test import TestResponse

from entrypoints.wiring.application import Application
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal
from tests.integration.http.exporting import exported, session_to_export


def file_names(answer: TestResponse) -> tuple[str, str]:
    """The plain and the extended file name, read strictly by the grammar of RFC 6266 and RFC 8187."""
    header = answer.headers["Content-Disposition"]
    assert re.fullmatch(r"[\x20-\x7e]+", header)
    extended = r"(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+"
    parsed = re.fullmatch(
        rf"attachment; filename=\"([^\"\\%\x7f]*)\"; filename\*=UTF-8''({extended})", header
    )
    assert parsed is not None, header
    return parsed[1], unquote(parsed[2], errors="strict")


@pytest.fixture
def session(ada: ApiClient) -> dict[str, Any]:
    return session_to_export(ada)


@pytest.fixture
def export_id(application: Application, ada: ApiClient, session: dict[str, Any]) -> str:
    return exported(application, ada, session["id"])


@pytest.fixture
def download(export_id: str) -> str:
    """The path of a file."""
    return f"/exports/{export_id}/download"


def test_pdf_and_docx_are_what_they_say(
    application: Application, ada: ApiClient, session: dict[str, Any]
) -> None:
    pdf = ada.get(f"/exports/{exported(application, ada, session['id'], 'pdf')}/download")
    docx = ada.get(f"/exports/{exported(application, ada, session['id'], 'docx')}/download")

    assert pdf.headers["Content-Type"] == "application/pdf"
    assert "What is a tuple?" in " ".join(
        page.extract_text() for page in PdfReader(io.BytesIO(pdf.data)).pages
    )
    assert docx.headers["Content-Type"] == (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )
    assert any(
        "What is a tuple?" in paragraph.text for paragraph in Document(io.BytesIO(docx.data)).paragraphs
    )


def test_csv_says_its_encoding(ada: ApiClient, download: str) -> None:
    assert ada.get(download).headers["Content-Type"] == "text/csv; charset=utf-8"


def test_downloads_are_counted(ada: ApiClient, export_id: str, download: str) -> None:
    size = len(ada.get(download).data)
    for whole in ("bytes=0-", f"bytes=0-{size - 1}", "bytes=-999999"):
        ada.request("GET", download, headers={"Range": whole})

    assert ada.get(f"/exports/{export_id}").json["downloads"] == 4


def test_what_is_not_the_whole_file_is_no_download(ada: ApiClient, export_id: str, download: str) -> None:
    etag = ada.request("HEAD", download).headers["ETag"]
    ada.request("GET", download, headers={"If-None-Match": etag})
    for part in ("bytes=0-0", "bytes=0-3", "bytes=4-", "bytes=-1"):
        assert ada.request("GET", download, headers={"Range": part}).status_code == 206

    assert ada.get(f"/exports/{export_id}").json["downloads"] == 0


def test_head_tells_everything_but_the_content(ada: ApiClient, download: str) -> None:
    whole = ada.get(download)

    answer = ada.request("HEAD", download)

    assert answer.status_code == 200
    assert answer.data == b""
    for name in ("Content-Length", "Content-Type", "Content-Disposition", "Accept-Ranges"):
        assert answer.headers[name] == whole.headers[name]
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-9", 0, 10),
        ("bytes=7-", 7, None),
        ("bytes=-5", -5, None),
        ("bytes=10-999999", 10, None),
        ("bytes=-999999", 0, None),
        ("bytes=0-", 0, None),
    ],
)
def test_a_part_of_the_file(ada: ApiClient, download: str, asked: str, begin: int, end: int | None) -> None:
    whole = ada.get(download).data

    answer = ada.request("GET", download, headers={"Range": asked})

    part = whole[begin:end]
    first = len(whole) + begin if begin < 0 else begin
    assert answer.status_code == 206
    assert answer.data == part
    assert answer.headers["Content-Length"] == str(len(part))
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=999999-1000000", "bytes=-0"])
def test_a_part_that_is_not_there(ada: ApiClient, export_id: str, download: str, asked: str) -> None:
    size = len(ada.get(download).data)

    answer = ada.request("GET", download, headers={"Range": asked})

    refusal(answer, 416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{size}"
    assert ada.get(f"/exports/{export_id}").json["downloads"] == 1


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "pages=1-2", "bytes=5-2", "bytes=a-b", "bytes=", "nonsense", "bytes=1"]
)
def test_what_is_no_single_range_gets_the_whole_file(ada: ApiClient, download: str, asked: str) -> None:
    whole = ada.get(download).data

    answer = ada.request("GET", download, headers={"Range": asked})

    assert (answer.status_code, answer.data) == (200, whole)
    assert "Content-Range" not in answer.headers


def test_a_resumed_download_is_the_same_file(ada: ApiClient, download: str) -> None:
    """Only the very file can be gone on with: what If-Range names must be that of the first answer."""
    first = ada.get(download)
    etag = first.headers["ETag"]

    same = ada.request("GET", download, headers={"Range": "bytes=4-", "If-Range": etag})
    other = ada.request("GET", download, headers={"Range": "bytes=4-", "If-Range": '"another"'})

    assert (same.status_code, same.data) == (206, first.data[4:])
    assert (other.status_code, other.data) == (200, first.data)


@pytest.mark.parametrize(
    ("role", "stem"),
    [
        ("Backend engineer", "Backend engineer"),
        ('Dev"; filename="evil.exe', "Dev filename evil.exe"),
        ("..\\..\\/../etc/passwd", "etc passwd"),
        ("\u200ffdp.<script>|*?:%41", "fdp. script 41"),
        ("Ingénieur d’études", "Ingénieur d études"),
        ("Разработчик", "Разработчик"),
        ("工程师", "工程师"),
        ("अभियंता", "अभियंता"),
        ("วิศวกรซอฟต์แวร์", "วิศวกรซอฟต์แวร์"),
        ("🚀🚀", "Interview"),
        ('"""', "Interview"),
        ("..", "Interview"),
        (".htaccess", "htaccess"),
        ("-rf", "rf"),
        ("C++ & C# (m/w/d); q=1", "C++ & C# (m w d) q 1"),
        ("語" * 100, "語" * 53),
    ],
)
def test_the_file_name_is_safe_and_says_what_is_inside(
    application: Application, ada: ApiClient, role: str, stem: str
) -> None:
    session = ada.make_session(role=role)
    ada.add_question(session["id"])
    export_id = exported(application, ada, session["id"])

    plain, extended = file_names(ada.get(f"/exports/{export_id}/download"))

    assert (
        extended == f"{stem} - questions 2026-01-15.csv" == ada.get(f"/exports/{export_id}").json["file_name"]
    )
    assert re.fullmatch(r"(?![ .-])[A-Za-z0-9 _.+()-]*questions 2026-01-15\.csv", plain)
    assert len(extended.encode()) <= 255


def test_after_a_week_the_file_is_gone(
    application: Application, clock: ManualClock, ada: ApiClient, export_id: str, download: str
) -> None:
    clock.advance(days=6, hours=23, minutes=59)
    token = ada.post("/auth/refresh", refresh_token=ada.refresh_token).json
    ada.take_tokens(token)
    assert ada.get(download).status_code == 200
    clock.advance(minutes=1)

    gone = refusal(ada.get(download), 410, "export_expired")
    assert "Export the session again" in gone["detail"]
    assert ada.get(f"/exports/{export_id}").json["is_available"] is False
    assert application.work.chores.run_all()["expired exports"] == 1
    assert application.work.chores.run_all()["expired exports"] == 0
    refusal(ada.get(download), 410, "export_expired")
    refusal(ada.request("GET", download, headers={"Range": "bytes=0-1"}), 410, "export_expired")

    shown = ada.get(f"/exports/{export_id}").json
    assert (shown["is_available"], shown["downloads"]) == (False, 1)
    assert list((application.settings.data_dir / "files").iterdir()) == []


def test_an_export_outlives_its_session(ada: ApiClient, session: dict[str, Any], download: str) -> None:
    ada.delete(f"/sessions/{session['id']}")

    assert ada.get(download).status_code == 200


def test_what_is_downloaded_is_nobody_elses_business(ada: ApiClient, download: str) -> None:
    answer = ada.get(download)

    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
