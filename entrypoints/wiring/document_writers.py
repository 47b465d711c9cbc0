"""Document writers. Their libraries and fonts are loaded by the first export, not at start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import BinaryIO

from core.domain.library.exports import ExportFormat, SessionDocument
from ports.library import DocumentWriter


class _LazyWriter:
    def __init__(self, export_format: ExportFormat, load: Callable[[], DocumentWriter]) -> None:
        self._format = export_format
        self._load = load

    @property
    def format(self) -> ExportFormat:
        return self._format

    @cached_property
    def _writer(self) -> DocumentWriter:
        return self._load()

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        self._writer.write(document, target, on_progress)


def document_writers() -> Sequence[DocumentWriter]:
    return (
        _LazyWriter(ExportFormat.PDF, _pdf),
        _LazyWriter(ExportFormat.DOCX, _docx),
        _LazyWriter(ExportFormat.CSV, _csv),
    )


def _pdf() -> DocumentWriter:
    from adapters.documents.pdf.writer import PdfWriter

    return PdfWriter()


def _docx() -> DocumentWriter:
    from adapters.documents.docx.writer import DocxWriter

    return DocxWriter()


def _csv() -> DocumentWriter:
    from adapters.documents.csv_writer import CsvWriter

    return CsvWriter()
