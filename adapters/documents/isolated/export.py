"""The life of an export process: read what is wanted, write the document within the limits, hand it over."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from multiprocessing.connection import Connection

from adapters.documents.isolated.limits import ExportLimits
from adapters.documents.isolated.wire import Answer, chunks, receive_document, send_answer
from core.domain.library.exports import ExportFormat
from ports.library import DocumentWriter

_PR_SET_PDEATHSIG = 1  # prctl(2)
_NICER_BY = 5
_library = ctypes.CDLL(None) if sys.platform == "linux" else None


class _OutputTooLarge(Exception):
    pass


class _Output(BytesIO):
    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes

    def write(self, content: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(content) > self._max_bytes:
            raise _OutputTooLarge
        return super().write(content)


def live(
    connection: Connection,
    writers: Mapping[ExportFormat, DocumentWriter],
    limits: ExportLimits,
    fork_server: int,
) -> None:
    """To be called in a fresh process, which is to end after it. `fork_server` is the id of its parent."""
    _die_with(fork_server)
    # Requests of people come before exports, where there is not enough of the processor for both.
    os.nice(_NICER_BY)
    try:
        _write(connection, writers, limits)
    except (MemoryError, RecursionError, _OutputTooLarge):
        send_answer(connection, Answer.TOO_COMPLEX)
    except (EOFError, OSError):  # nobody waits for the document any longer
        pass
    except Exception:
        send_answer(connection, Answer.BROKEN, traceback.format_exc().encode(errors="replace"))


def _write(
    connection: Connection, writers: Mapping[ExportFormat, DocumentWriter], limits: ExportLimits
) -> None:
    _limit_memory(limits.memory_bytes)
    export_format, document = receive_document(connection)
    output = _Output(limits.output_bytes)

    def on_progress(done: int) -> None:
        send_answer(connection, Answer.PROGRESS, b"%d" % done)

    on_progress(0)
    writers[export_format].write(document, output, on_progress)
    for chunk in chunks(output.getbuffer()):
        send_answer(connection, Answer.CONTENT, chunk)
    send_answer(connection, Answer.COMPLETE)


def _limit_memory(max_bytes: int) -> None:
    with suppress(ValueError, OSError):  # macOS may refuse it
        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with(fork_server: int) -> None:
    """Linux ends this process with its parent. Elsewhere it ends once it tells its progress to nobody."""
    if _library is None:
        return
    _library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != fork_server:  # it was faster
        os._exit(1)
