"""Exports of the whole application, whose documents are written in processes of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.documents.isolated.limits import ExportLimits
from adapters.documents.isolated.processes import ExportProcesses
from adapters.documents.isolated.writer import IsolatedWriter
from adapters.system.clock import SystemClock
from core.domain.jobs.jobs import Job, JobStatus
from core.domain.library.exports import ExportFormat, ExportOptions
from core.domain.library.questions import QuestionContent
from core.domain.library.sessions import Experience, SessionContent
from entrypoints.wiring.application import Application
from entrypoints.wiring.document_writers import DocumentWriters
from tests.building import application_in_memory, signed_up
from tests.integration.documents.test_isolated_writer import eventually, is_alive


@pytest.fixture
def limits() -> ExportLimits:
    return ExportLimits()


@pytest.fixture
def application(tmp_path: Path, processes: ExportProcesses) -> Iterator[Application]:
    writers = DocumentWriters([IsolatedWriter(ExportFormat.CSV, processes)], processes.close)
    built = application_in_memory(
        tmp_path, SystemClock(), [], writers=writers, database_url=f"sqlite:///{tmp_path / 'prep.db'}"
    )
    yield built
    built.close()


def requested(application: Application, pids: Path, topic: str) -> Job:
    user_id = signed_up(application).user.id
    content = SessionContent(str(pids), Experience.MID, (topic,))
    session_id = application.library.sessions.create(user_id, content).session.id
    application.library.questions.add_custom(user_id, session_id, QuestionContent("Why?", "", topic=topic))
    return application.library.exports.request(user_id, session_id, ExportFormat.CSV, ExportOptions(), None)


def ended_within(application: Application, job: Job, running: threading.Thread, seconds: float) -> Job:
    began = time.monotonic()
    running.join(10)
    assert time.monotonic() - began < seconds
    return application.jobs.service.get(job.user_id, job.id)


def test_cancelling_ends_an_export_within_two_seconds(application: Application, pids: Path) -> None:
    job = requested(application, pids, "compute")
    running = threading.Thread(target=application.work.runner.run_due)
    running.start()
    assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)

    application.jobs.service.cancel(job.user_id, job.id)

    assert ended_within(application, job, running, 2).status is JobStatus.CANCELLED
    assert eventually(lambda: not is_alive(int(pids.read_text().split()[0])))


def test_a_worker_that_stops_gives_its_export_back_in_time(application: Application, pids: Path) -> None:
    job = requested(application, pids, "compute")
    running = threading.Thread(target=application.work.runner.run_due)
    running.start()
    assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)

    application.work.runner.give_back()

    given_back = ended_within(application, job, running, 2)
    assert (given_back.status, given_back.attempts) == (JobStatus.QUEUED, 0)


def test_a_process_that_dies_fails_the_job_once(application: Application, pids: Path) -> None:
    job = requested(application, pids, "crash")

    application.work.runner.run_due()

    failed = application.jobs.service.get(job.user_id, job.id)
    assert (failed.status, failed.attempts) == (JobStatus.FAILED, 1)
    assert failed.error is not None
    assert (failed.error.code, failed.error.data) == ("export_too_complex", {"question": "Why?"})
