"""Writers of documents that a person keeps, prints or opens in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Protocol

from core.domain.library.exports import ExportFormat, SessionDocument


class DocumentWriter(Protocol):
    @property
    def format(self) -> ExportFormat: ...

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        """Write the whole file to `target`, a seekable binary file.

        `on_progress` is told, now and then, how many questions have been laid out; what it raises
        passes through, which is how a cancelled export stops.
        """
