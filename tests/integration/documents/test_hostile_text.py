"""Whatever a question says, its export ends in time: in a document, or in the error that names it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.documents.isolated.limits import ExportLimits
from adapters.documents.isolated.processes import ExportProcesses
from adapters.documents.isolated.writer import IsolatedWriter
from core.domain.library.exports import ExportFormat, ExportTooComplex, SessionDocument
from core.domain.library.questions import MAX_ANSWER_LENGTH, MAX_QUESTION_LENGTH
from tests.integration.documents.conftest import MakeDocument

_SECONDS = 20.0
_STARTS = {"pdf": b"%PDF-", "docx": b"PK", "csv": b"\xef\xbb\xbf"}
_MARKUP = (
    *(
        "*",
        "**",
        "_",
        "~~",
        "`",
        "```\n",
        "[",
        "](",
        "](http://a)",
        "![",
        "<http://a>",
        "\\",
        "|",
        "|-",
        "-|-\n",
    ),
    *("> ", ">>>> ", "- ", "1. ", "  - ", "# ", "---\n", "\n", "\n\n", "\t", " ", "    ", "a", "W" * 50),
)
_SCRIPTS = (
    *(
        "a\u0301",
        "\u0301" * 64,
        "\u202e",
        "\u2067",
        "\u05d0",
        "\u05d01(",
        "\u0645\u0631\u062d\u0628\u0627",
        "\u0628",
    ),
    *(
        "\u0915\u094d",
        "\u0915\u094d\u0937\u093f ",
        "\u0b95\u0bcd\u0bb7\u0bbf",
        "\u1780\u17d2",
        "\u1000\u1039",
    ),
    *(
        "\u0e01\u0e34",
        "漢",
        "\U0001f468\u200d",
        "\U0001f1e9",
        "\U0001f44d\U0001f3fb",
        "\U00012000",
        "\u200b",
        "&<",
    ),
)
_pieces = st.lists(st.sampled_from(_MARKUP + _SCRIPTS) | st.text(max_size=8), min_size=1, max_size=10)
_texts = _pieces.map("".join).filter(bool).map(lambda piece: piece * (MAX_ANSWER_LENGTH // len(piece) + 1))
"""A hostile piece over and over: most of what takes long is made of one."""


@pytest.fixture(scope="module")
def writing_processes() -> Iterator[ExportProcesses]:
    processes = ExportProcesses(ExportLimits(seconds=_SECONDS))
    yield processes
    processes.close()


@pytest.mark.parametrize("export_format", list(ExportFormat))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(start=st.sampled_from(["", "a|b|c|d\n-|-|-|-\n", ">" * 15, "```\n", "*" * 40]), text=_texts)
def test_any_text_ends_in_a_document_or_in_the_error(
    writing_processes: ExportProcesses,
    document: MakeDocument,
    export_format: ExportFormat,
    start: str,
    text: str,
) -> None:
    content = document("T", answer=(start + text)[:MAX_ANSWER_LENGTH])
    question = replace(content.questions[0], text=text[:MAX_QUESTION_LENGTH])
    writer = IsolatedWriter(export_format, writing_processes)
    began = time.monotonic()

    written = written_or_none(writer, replace(content, questions=(question,)))

    assert time.monotonic() - began < _SECONDS + 2
    assert written is None or written.startswith(_STARTS[export_format])


def written_or_none(writer: IsolatedWriter, content: SessionDocument) -> bytes | None:
    target = io.BytesIO()
    try:
        writer.write(content, target, lambda done: None)
    except ExportTooComplex:
        return None
    return target.getvalue()
