"""Writers that do what a text may make of a writer. The topic of a question says what."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from core.domain.library.exports import ExportFormat, SessionDocument
from ports.library import DocumentWriter


class MisbehavingWriter(DocumentWriter):
    """Writes the id of its process, and that of its parent, into the file that the session's role names."""

    @property
    def format(self) -> ExportFormat:
        return ExportFormat.CSV

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        Path(document.session.role).write_text(f"{os.getpid()} {os.getppid()}")
        for done, question in enumerate(document.questions):
            on_progress(done)
            match question.topic:
                case "sleep":
                    time.sleep(60)
                case "compute":
                    while True:
                        pass
                case "nap":
                    time.sleep(0.3)
                case "memory":
                    _ = [bytearray(2**20) for _ in range(4_096)]
                case "recursion":
                    _deeper()
                case "output":
                    target.write(b"x" * 2**21)
                case "crash":
                    os.kill(os.getpid(), signal.SIGSEGV)
                case "bug":
                    raise LookupError("a bug of ours")
            target.write(b"written ")
        on_progress(len(document.questions))


def _deeper() -> None:
    _deeper()


def writers() -> Sequence[DocumentWriter]:
    return [MisbehavingWriter()]
