from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.documents.isolated.limits import ExportLimits
from adapters.documents.isolated.processes import ExportProcesses
from adapters.documents.isolated.writer import IsolatedWriter
from core.domain.errors import Unavailable
from core.domain.library.exports import ExportFormat, ExportTooComplex
from tests.integration.documents.conftest import MakeDocument


class Stop(Exception):
    pass


def ignore(done: int) -> None:
    pass


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true within five seconds."""
    deadline = time.monotonic() + 5
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def stop_once(condition: Callable[[], bool]) -> Callable[[int], None]:
    def on_progress(done: int) -> None:
        if condition():
            raise Stop

    return on_progress


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_a_small_export_takes_less_than_half_a_second(
    document: MakeDocument, export_format: ExportFormat
) -> None:
    processes = ExportProcesses(ExportLimits())
    writer = IsolatedWriter(export_format, processes)
    took = []
    try:
        writer.write(document("T"), io.BytesIO(), ignore)
        for _ in range(3):  # another process may have the processor at one time, hardly at all
            target, told = io.BytesIO(), list[int]()
            began = time.monotonic()
            writer.write(document("T", "T"), target, told.append)
            took.append(time.monotonic() - began)
    finally:
        processes.close()

    assert target.getvalue()[:2] == {"pdf": b"%P", "docx": b"PK", "csv": b"\xef\xbb"}[export_format]
    assert told[-1] == 2
    assert min(took) < 0.5


@pytest.mark.parametrize("topic", ["sleep", "compute", "memory", "recursion", "output", "crash"])
def test_what_goes_beyond_a_limit_ends_and_is_named(
    writer: IsolatedWriter, document: MakeDocument, pids: Path, topic: str
) -> None:
    began = time.monotonic()

    with pytest.raises(ExportTooComplex) as raised:
        writer.write(document("fine", "fine", topic, "fine"), io.BytesIO(), ignore)

    assert raised.value.question.text == "Question 3"
    assert time.monotonic() - began < 5
    process, _ = map(int, pids.read_text().split())
    assert eventually(lambda: not is_alive(process))


@pytest.mark.parametrize("limits", [ExportLimits(seconds=1.2, memory_bytes=256 * 2**20, output_bytes=2**20)])
def test_where_time_runs_out_the_slowest_question_is_named(
    writer: IsolatedWriter, document: MakeDocument
) -> None:
    many = ["fine"] + ["nap"] * 3 + ["fine"] * 2 + ["nap"] * 50

    with pytest.raises(ExportTooComplex) as raised:
        writer.write(document(*many), io.BytesIO(), ignore)

    assert raised.value.question.topic == "nap"


def test_a_fault_of_ours_is_no_fault_of_the_text(writer: IsolatedWriter, document: MakeDocument) -> None:
    with pytest.raises(RuntimeError, match="LookupError: a bug of ours"):
        writer.write(document("bug"), io.BytesIO(), ignore)


def test_one_end_does_not_touch_the_next_export(writer: IsolatedWriter, document: MakeDocument) -> None:
    with pytest.raises(ExportTooComplex):
        writer.write(document("crash"), io.BytesIO(), ignore)

    target = io.BytesIO()
    writer.write(document("fine"), target, ignore)
    assert target.getvalue() == b"written "


def test_what_progress_raises_ends_the_process_soon(
    writer: IsolatedWriter, document: MakeDocument, pids: Path
) -> None:
    began = time.monotonic()

    with pytest.raises(Stop):
        writer.write(document("compute"), io.BytesIO(), stop_once(pids.exists))

    assert time.monotonic() - began < 2
    process, _ = map(int, pids.read_text().split())
    assert eventually(lambda: not is_alive(process))


@pytest.mark.parametrize("limits", [ExportLimits(processes=1, seconds=30)])
def test_a_further_export_waits_and_can_be_stopped(
    writer: IsolatedWriter, document: MakeDocument, pids: Path
) -> None:
    has_waited = threading.Event()
    long = threading.Thread(
        target=pytest.raises,
        args=(Stop, writer.write, document("sleep"), io.BytesIO(), stop_once(has_waited.is_set)),
    )
    long.start()
    assert eventually(pids.exists)
    told: list[int] = []

    def on_progress(done: int) -> None:
        told.append(done)
        if len(told) == 3:
            raise Stop

    with pytest.raises(Stop):
        writer.write(document("fine"), io.BytesIO(), on_progress)
    has_waited.set()
    long.join(5)

    assert told == [0, 0, 0]
    writer.write(document("fine"), io.BytesIO(), ignore)


def test_a_fork_server_that_was_killed_is_replaced(
    writer: IsolatedWriter, document: MakeDocument, pids: Path
) -> None:
    writer.write(document("fine"), io.BytesIO(), ignore)
    _, server = map(int, pids.read_text().split())
    os.kill(server, signal.SIGKILL)

    target = io.BytesIO()
    try:
        writer.write(document("fine"), target, ignore)
    except Unavailable:  # it had taken the request before it died
        writer.write(document("fine"), target, ignore)

    assert target.getvalue() == b"written "
    assert int(pids.read_text().split()[1]) != server


@pytest.mark.parametrize("limits", [ExportLimits(seconds=30)])
def test_signals_that_mean_the_product_are_ignored(
    writer: IsolatedWriter, document: MakeDocument, pids: Path
) -> None:
    has_been_tried = threading.Event()

    def on_progress(done: int) -> None:
        if done == 1 and not has_been_tried.is_set():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                for process in map(int, pids.read_text().split()):
                    os.kill(process, number)
            has_been_tried.set()

    target = io.BytesIO()
    writer.write(document("fine", "nap", "fine"), target, on_progress)

    assert has_been_tried.is_set()
    assert target.getvalue() == b"written " * 3


def test_closing_ends_the_fork_server(
    processes: ExportProcesses, writer: IsolatedWriter, document: MakeDocument, pids: Path
) -> None:
    writer.write(document("fine"), io.BytesIO(), ignore)
    _, server = map(int, pids.read_text().split())

    processes.close()

    assert not is_alive(server)
    with pytest.raises(Unavailable):
        writer.write(document("fine"), io.BytesIO(), ignore)
