"""The protocol between an export process and the process that wants the document.

The request is pickled. The answers are not: the process that lays out texts of strangers is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from multiprocessing.connection import Connection

from core.domain.library.exports import ExportFormat, SessionDocument

_CHUNK_BYTES = 256 * 1024


class Answer(Enum):
    """The first byte of an answer, and what follows it."""

    PROGRESS = b"P"
    """How many questions have been laid out, in digits."""
    CONTENT = b"C"
    """The next part of the file."""
    COMPLETE = b"."
    TOO_COMPLEX = b"X"
    BROKEN = b"B"
    """A traceback."""


def send_document(connection: Connection, export_format: ExportFormat, document: SessionDocument) -> None:
    """Question by question, so that other threads get their turn while a large document is sent."""
    connection.send((export_format, document.session, document.options, document.created_at))
    connection.send(len(document.questions))
    for question in document.questions:
        connection.send(question)


def receive_document(connection: Connection) -> tuple[ExportFormat, SessionDocument]:
    export_format, session, options, created_at = connection.recv()
    questions = tuple(connection.recv() for _ in range(connection.recv()))
    return export_format, SessionDocument(session, questions, options, created_at)


def send_answer(connection: Connection, answer: Answer, content: bytes | memoryview = b"") -> None:
    connection.send_bytes(answer.value + content)


def receive_answer(connection: Connection) -> tuple[Answer, bytes]:
    """Raises EOFError, OSError or ValueError if there is none to be had."""
    received = connection.recv_bytes()
    return Answer(received[:1]), received[1:]


def chunks(content: memoryview) -> Iterator[memoryview]:
    for start in range(0, len(content), _CHUNK_BYTES):
        yield content[start : start + _CHUNK_BYTES]
