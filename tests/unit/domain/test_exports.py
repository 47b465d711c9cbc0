from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain.library.exports import EXPORT_LIFETIME, Export, ExportFormat, ExportOptions, file_name
from core.domain.library.sessions import Experience, Session

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
EXPORT = Export(
    id="1",
    user_id="ada",
    session_id="session",
    job_id="job",
    format=ExportFormat.PDF,
    options=ExportOptions(),
    file_name="questions.pdf",
    size_bytes=1_000,
    question_count=10,
    created_at=NOON,
    expires_at=NOON + EXPORT_LIFETIME,
    file_id="1",
)


def named(role: str, export_format: ExportFormat = ExportFormat.PDF) -> str:
    session = Session("1", "ada", role, Experience.MID, ("SQL",), NOON, NOON)
    return file_name(session, export_format, NOON)


def test_an_export_is_there_for_a_week() -> None:
    assert EXPORT.is_available(NOON + timedelta(days=7) - timedelta(milliseconds=1))
    assert not EXPORT.is_available(NOON + timedelta(days=7))


def test_a_purged_export_is_a_record_without_a_file() -> None:
    purged = EXPORT.purged()

    assert purged == replace(EXPORT, file_id=None)
    assert not purged.is_available(NOON)


def test_a_file_may_be_purged_once_its_export_expires() -> None:
    assert EXPORT.purge_at == NOON + timedelta(days=7)
    assert EXPORT.purged().purge_at is None


def test_downloads_are_counted() -> None:
    later = NOON + timedelta(hours=1)
    downloaded = EXPORT.downloaded(NOON).downloaded(later)

    assert (downloaded.downloads, downloaded.last_downloaded_at) == (2, later)


@pytest.mark.parametrize("export_format", ExportFormat)
def test_a_file_name_says_what_is_inside(export_format: ExportFormat) -> None:
    assert named("C++ & C# developer", export_format) == (
        f"C++ & C# developer - questions 2026-01-15.{export_format}"
    )


@pytest.mark.parametrize(
    ("role", "kept"),
    [
        ("Разработчик", "Разработчик"),
        ("数据工程师", "数据工程师"),
        ("../../etc/passwd", "etc passwd"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j"),
        ("line\nbreak\r\nand\x00nul", "line break and nul"),
        ("   ", "Interview"),
        ("...", "Interview"),
    ],
)
def test_a_file_name_holds_nothing_that_file_systems_refuse(role: str, kept: str) -> None:
    assert named(role) == f"{kept} - questions 2026-01-15.pdf"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@example("अनुप्रयोग" * 20)
def test_any_role_makes_a_file_name(role: str) -> None:
    name = named(role)

    assert re.search(r'[\x00-\x1f/\\:*?"<>|]', name) is None
    assert not name.startswith((".", " ", "- "))
    assert len(name.encode()) <= 255


def test_every_format_has_a_media_type() -> None:
    assert {export_format.media_type.partition(";")[0] for export_format in ExportFormat} == {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/csv",
    }
