"""The ledger of jobs as an operator sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from huey import MemoryHuey

from adapters.huey.queue import HueyQueue
from core.domain.errors import Conflict, NotFound, Unavailable
from core.domain.jobs.jobs import JobFilter, JobStatus
from core.domain.paging import PageRequest
from core.services.jobs.operations import JobAdminService
from entrypoints.wiring.application import Application
from entrypoints.wiring.jobs import build_jobs
from ports.queue import Work
from tests.fakes import ManualClock, ScriptedGenerator
from tests.faults import Faults
from tests.unit.services.asking import a_session
from tests.unit.services.killing import Killed, killed_at_write


class UnavailableQueue(HueyQueue):
    def __init__(self) -> None:
        super().__init__(MemoryHuey)

    def waiting(self, work: Work) -> int:
        raise Unavailable("The job queue is unavailable.")


@pytest.fixture
def admin(application: Application) -> JobAdminService:
    return application.jobs.admin


def test_an_empty_ledger(admin: JobAdminService) -> None:
    overview = admin.overview()

    assert overview.counts == {}
    assert overview.hints == 0
    assert overview.oldest_waiting is None
    assert list(overview.running) == list(overview.stuck) == []


def test_what_waits_and_what_has_ended(
    application: Application,
    admin: JobAdminService,
    writer: ScriptedGenerator,
    clock: ManualClock,
    ada: str,
    grace: str,
    session_id: str,
) -> None:
    service = application.generation.service
    writer.fail_next(is_transient=False)
    failed = service.request(ada, session_id, 1)
    done = service.request(ada, a_session(application, ada), 1)
    application.work.runner.run_due()
    oldest = service.request(grace, a_session(application, grace), 1)
    clock.advance(minutes=1)
    newest = service.request(ada, session_id, 1)

    overview = admin.overview()

    assert overview.counts == {JobStatus.FAILED: 1, JobStatus.SUCCEEDED: 1, JobStatus.QUEUED: 2}
    assert overview.oldest_waiting is not None
    assert overview.oldest_waiting.id == oldest.id
    assert [job.id for job in admin.page(JobFilter(), PageRequest(2)).items] == [newest.id, oldest.id]
    assert [job.id for job in admin.page(JobFilter((JobStatus.FAILED,)), PageRequest()).items] == [failed.id]
    assert admin.get(done.id).status is JobStatus.SUCCEEDED


def test_a_job_whose_worker_died_is_stuck_once_its_lease_has_ended(
    application: Application,
    admin: JobAdminService,
    clock: ManualClock,
    ada: str,
    session_id: str,
    faults: Faults,
) -> None:
    job = application.generation.service.request(ada, session_id, 1)
    with killed_at_write(2, faults), pytest.raises(Killed):
        application.work.runner.run_due()

    assert [running.id for running in admin.overview().running] == [job.id]
    assert list(admin.overview().stuck) == []
    clock.advance(seconds=31)
    assert [stuck.id for stuck in admin.overview().stuck] == [job.id]


def test_without_the_queue_its_depth_is_unknown(application: Application, ada: str, session_id: str) -> None:
    application.generation.service.request(ada, session_id, 1)
    admin = build_jobs(replace(application.foundation, queue=UnavailableQueue())).admin

    overview = admin.overview()

    assert overview.hints is None
    assert overview.counts == {JobStatus.QUEUED: 1}


def test_a_failed_job_of_anybody_can_be_retried(
    application: Application, admin: JobAdminService, writer: ScriptedGenerator, ada: str, session_id: str
) -> None:
    writer.fail_next(is_transient=False)
    job = application.generation.service.request(ada, session_id, 1)
    application.work.runner.run_due()

    assert admin.retry(job.id).status is JobStatus.QUEUED
    with pytest.raises(Conflict):
        admin.retry(job.id)


def test_an_unknown_job_is_not_found(admin: JobAdminService) -> None:
    for act in (admin.get, admin.retry):
        with pytest.raises(NotFound):
            act("unknown")
