"""The writers of documents. The libraries that they need are loaded by the first export, not at start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.documents.isolated.limits import ExportLimits
from adapters.documents.isolated.processes import ExportProcesses
from adapters.documents.isolated.writer import IsolatedWriter
from core.domain.library.exports import ExportFormat
from entrypoints.settings import Settings
from ports.library import DocumentWriter


@dataclass(frozen=True, slots=True)
class DocumentWriters:
    """One for each format, and how to close what they stand on."""

    each: Sequence[DocumentWriter]
    close: Callable[[], None]


def isolated_writers(settings: Settings) -> DocumentWriters:
    processes = ExportProcesses(ExportLimits(settings.export_processes))
    return DocumentWriters(
        [IsolatedWriter(export_format, processes) for export_format in ExportFormat], processes.close
    )
