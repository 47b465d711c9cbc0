"""Export processes end with the process that wanted them, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.integration.documents.test_isolated_writer import eventually, is_alive

_EXPORT = """
import io, sys
from datetime import UTC, datetime
from adapters.documents.isolated.limits import ExportLimits
from adapters.documents.isolated.processes import ExportProcesses
from adapters.documents.isolated.writer import IsolatedWriter
from core.domain.library.exports import ExportFormat, ExportOptions, SessionDocument
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session

now = datetime.now(UTC)
session = Session("s", "u", sys.argv[1], Experience.MID, ("T",), now, now)
question = Question("q", "s", "u", "?", "", Difficulty.EASY, "compute", QuestionSource.BANK, now, now)
processes = ExportProcesses(ExportLimits(), "tests.integration.documents.misbehaving:writers")
document = SessionDocument(session, (question,), ExportOptions(), now)
IsolatedWriter(ExportFormat.CSV, processes).write(document, io.BytesIO(), lambda done: None)
"""


def test_killing_the_product_leaves_no_process_behind(pids: Path) -> None:
    product = subprocess.Popen([sys.executable, "-c", _EXPORT, str(pids)])
    try:
        assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    finally:
        product.kill()
        product.wait()

    export, server = map(int, pids.read_text().split())
    assert eventually(lambda: not is_alive(export))
    assert eventually(lambda: not is_alive(server))


def test_killing_the_fork_server_ends_its_exports(pids: Path) -> None:
    product = subprocess.Popen([sys.executable, "-c", _EXPORT, str(pids)], stderr=subprocess.DEVNULL)
    try:
        assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        export, server = map(int, pids.read_text().split())
        os.kill(server, signal.SIGKILL)

        assert eventually(lambda: not is_alive(export))
    finally:
        product.kill()
        product.wait()


def test_ctrl_c_prints_nothing_from_export_processes(pids: Path) -> None:
    """A terminal sends it to all processes of the group in front."""
    product = subprocess.Popen(
        [sys.executable, "-c", _EXPORT, str(pids)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    os.killpg(product.pid, signal.SIGINT)
    _, errors = product.communicate(timeout=10)

    assert errors.count("Traceback") == 1  # that of the product itself
    assert eventually(lambda: not is_alive(int(pids.read_text().split()[0])))
