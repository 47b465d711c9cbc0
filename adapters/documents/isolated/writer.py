"""A writer whose work is done in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import BinaryIO

from adapters.documents.isolated.processes import ExportProcesses
from adapters.documents.isolated.wire import Answer, receive_answer, send_document
from adapters.documents.outline import laid_out_questions
from core.domain.errors import Unavailable
from core.domain.library.exports import ExportFormat, ExportTooComplex, SessionDocument
from core.domain.library.questions import Question
from ports.library import DocumentWriter

_POLL_SECONDS = 0.2


class IsolatedWriter(DocumentWriter):
    """`on_progress` is also called every fifth of a second: by raising it ends the process."""

    def __init__(self, export_format: ExportFormat, processes: ExportProcesses) -> None:
        self._format = export_format
        self._processes = processes

    @property
    def format(self) -> ExportFormat:
        return self._format

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        """Raises ExportTooComplex as well, also where the process dies without a word: what kills it is the
        kernel, for its memory, or a fault that a text has found in a library."""
        with self._processes.one(_POLL_SECONDS, lambda: on_progress(0)) as connection:
            pace = _Pace(self._processes.limits.seconds)
            try:
                send_document(connection, self._format, document)
                while True:
                    on_progress(pace.done)
                    if pace.is_over:
                        raise self._too_complex(document, pace.slowest)
                    if not connection.poll(_POLL_SECONDS):
                        continue
                    answer, content = receive_answer(connection)
                    match answer:
                        case Answer.PROGRESS:
                            pace.proceed(int(content))
                        case Answer.CONTENT:
                            target.write(content)
                        case Answer.COMPLETE:
                            return
                        case Answer.TOO_COMPLEX:
                            raise self._too_complex(document, pace.done)
                        case Answer.BROKEN:
                            raise RuntimeError(f"the writer broke:\n{content.decode(errors='replace')}")
            except (EOFError, ConnectionError) as error:
                on_progress(pace.done)  # which tells if it was ended because this process is ending
                if not pace.has_begun:
                    raise Unavailable("The export process has not begun.") from error
                raise self._too_complex(document, pace.done) from error

    def _too_complex(self, document: SessionDocument, position: int) -> ExportTooComplex:
        return ExportTooComplex(self._question(document, position))

    def _question(self, document: SessionDocument, position: int) -> Question:
        """The last one, if the position is that after all of them."""
        questions = document.questions if self._format is ExportFormat.CSV else laid_out_questions(document)
        return questions[min(position, len(questions) - 1)]


class _Pace:
    """How many questions have been laid out, and which took the longest."""

    def __init__(self, seconds: float) -> None:
        self.done = 0
        self.has_begun = False
        self._began = time.monotonic()
        self._deadline = self._began + seconds
        self._slowest, self._slowest_seconds = 0, 0.0

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def proceed(self, done: int) -> None:
        if self.has_begun:
            self._measure()
        self.has_begun = True
        self.done, self._began = done, time.monotonic()

    @property
    def slowest(self) -> int:
        self._measure()
        return self._slowest

    def _measure(self) -> None:
        seconds = time.monotonic() - self._began
        if seconds > self._slowest_seconds:
            self._slowest, self._slowest_seconds = self.done, seconds
