"""The job that writes a session into a file, with a writer that does as it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import pytest

from core.domain.jobs.jobs import Job, JobStatus
from core.domain.library.exports import ExportFormat, ExportOptions, ExportTooComplex, SessionDocument
from entrypoints.wiring.application import Application
from entrypoints.wiring.document_writers import DocumentWriters
from ports.library import DocumentWriter
from tests.building import signed_up, words
from tests.fakes import ManualClock
from tests.unit.services.asking import a_question, a_session
from tests.unit.services.conftest import Worker

Lay = Callable[[SessionDocument, Callable[[int], None]], None]


class ObedientWriter(DocumentWriter):
    def __init__(self) -> None:
        self.lay: Lay = lambda document, on_progress: None
        self.has_finished = False

    @property
    def format(self) -> ExportFormat:
        return ExportFormat.CSV

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        self.lay(document, on_progress)
        self.has_finished = True


@pytest.fixture
def writer() -> ObedientWriter:
    return ObedientWriter()


@pytest.fixture
def exporting(worker: Worker, writer: ObedientWriter) -> Application:
    return worker(writers=DocumentWriters([writer], close=lambda: None))


@pytest.fixture
def job(exporting: Application) -> Job:
    """An export of one question that waits for a worker."""
    ada = signed_up(exporting).user.id
    session_id = a_session(exporting, ada)
    a_question(exporting, ada, session_id, "What is\na \u202elock?" + "?" * 200)
    return exporting.library.exports.request(ada, session_id, ExportFormat.CSV, ExportOptions(), None)


def after(application: Application, job: Job) -> Job:
    application.work.runner.run_due()
    return application.jobs.service.get(job.user_id, job.id)


def test_a_too_complex_document_fails_once_and_names_the_question(
    exporting: Application, writer: ObedientWriter, job: Job
) -> None:
    def too_complex(document: SessionDocument, on_progress: Callable[[int], None]) -> None:
        raise ExportTooComplex(document.questions[0])

    writer.lay = too_complex

    ended = after(exporting, job)

    assert (ended.status, ended.attempts) == (JobStatus.FAILED, 1)
    assert ended.error is not None
    assert ended.error.code == "export_too_complex"
    assert ended.error.data["question"].startswith("What is a lock?")
    assert len(ended.error.data["question"]) <= 80
    assert "“What is a lock?" in words(ended.error)


def test_a_cancellation_ends_the_writing_within_a_second(
    exporting: Application, writer: ObedientWriter, job: Job, clock: ManualClock
) -> None:
    def cancelled_halfway(document: SessionDocument, on_progress: Callable[[int], None]) -> None:
        exporting.jobs.service.cancel(job.user_id, job.id)
        clock.advance(seconds=1)
        on_progress(0)

    writer.lay = cancelled_halfway

    assert after(exporting, job).status is JobStatus.CANCELLED
    assert not writer.has_finished


def test_a_worker_that_stops_gives_the_export_back_at_once(
    exporting: Application, writer: ObedientWriter, job: Job
) -> None:
    def stopped(document: SessionDocument, on_progress: Callable[[int], None]) -> None:
        exporting.work.runner.give_back()
        on_progress(0)

    writer.lay = stopped

    ended = after(exporting, job)

    assert (ended.status, ended.attempts) == (JobStatus.QUEUED, 0)
    assert not writer.has_finished


def test_progress_is_written_now_and_then(exporting: Application, writer: ObedientWriter, job: Job) -> None:
    seen: list[int] = []

    def long(document: SessionDocument, on_progress: Callable[[int], None]) -> None:
        for done in range(61):
            on_progress(done)
            shown = exporting.jobs.service.get(job.user_id, job.id).progress.done
            seen.extend([shown] if shown not in seen else [])

    writer.lay = long

    assert after(exporting, job).status is JobStatus.SUCCEEDED
    assert seen == [0, 25, 50]
