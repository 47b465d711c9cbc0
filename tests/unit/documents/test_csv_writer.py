from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.documents.csv_writer import CsvWriter, cell
from core.domain.library.exports import ExportFormat, ExportOptions, SessionDocument
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session
from core.domain.text import encodable

_NOW = datetime(2025, 11, 23, 9, 30, tzinfo=UTC)
_SESSION = Session("session", "user", "Engineer", Experience.MID, (), _NOW, _NOW)
_QUESTION = Question("q", "session", "user", "?", "", Difficulty.EASY, "T", QuestionSource.BANK, _NOW, _NOW)


def _rows(content):
    return list(csv.DictReader(io.StringIO(content.read().decode("utf-8-sig"), newline="")))


def test_it_works(document, question, write):
    row = _rows(write(CsvWriter(), document(question(pinned=True))))[0]

    assert row == {
        "topic": "Concurrency",
        "difficulty": "medium",
        "category": "Technical",
        "question": "What does the lock protect?",
        "answer": "It protects **reference counts**.",
        "tags": "python, gil",
        "pinned": "yes",
        "source": "groq",
        "created_at": "2025-11-23T09:30:00.000Z",
    }


def test_moments_are_in_utc_with_milliseconds_and_a_z(document, question, write):
    moment = datetime(2026, 11, 23, 22, 15, 43, 596_999, timezone(timedelta(hours=1)))

    row = _rows(write(CsvWriter(), document(question(created_at=moment))))[0]

    assert row["created_at"] == "2026-11-23T21:15:43.596Z"


def test_its_format_is_csv():
    assert CsvWriter().format is ExportFormat.CSV


def test_it_has_a_byte_order_mark_and_line_ends_of_rfc_4180(document, question, write):
    content = write(CsvWriter(), document(question(text='say "hi",\nplease'))).read()

    assert content.startswith(b"\xef\xbb\xbftopic,difficulty,")
    assert content.count(b"\r\n") == 2
    assert b'"say ""hi"",\nplease"' in content


@pytest.mark.parametrize(
    ("options", "present"),
    [
        (ExportOptions(include_answers=False), set()),
        (ExportOptions(), {"answer"}),
        (ExportOptions(include_notes=True), {"answer", "notes"}),
    ],
)
def test_it_has_answers_and_notes_as_asked(document, write, options, present):
    row = _rows(write(CsvWriter(), document(options=options)))[0]

    assert {"answer", "notes"} & row.keys() == present


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\ufeff=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        "\tplain",
    ],
)
def test_a_cell_that_would_be_a_formula_is_neutralised(text):
    assert cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=b", "1-1", "'=1", "x@y", "{{x}}", "<b>"])
def test_any_other_cell_is_left_alone(text):
    assert cell(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=3, max_size=3))
def test_any_text_reads_back(texts):
    text, answer, topic = texts
    content = io.BytesIO()
    asked = replace(_QUESTION, text=text, answer=answer, topic=topic)

    CsvWriter().write(SessionDocument(_SESSION, (asked,), ExportOptions(), _NOW), content, lambda done: None)

    content.seek(0)
    row = _rows(content)[0]
    for read, written in ((row["question"], text), (row["answer"], answer), (row["topic"], topic)):
        assert read.removeprefix("'") == encodable(written).removeprefix("'")


def test_it_tells_its_progress(document, question):
    told: list[int] = []

    CsvWriter().write(document(*[question() for _ in range(60)]), io.BytesIO(), told.append)

    assert told == list(range(61))


def test_it_leaves_the_file_open(document):
    target = io.BytesIO()

    CsvWriter().write(document(), target, lambda done: None)

    assert not target.closed
