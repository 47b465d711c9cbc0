"""SIGTERM: a worker ends its work if there is time, else it gives it back."""

from __future__ import annotations

import signal
import threading

import pytest

from core.domain.jobs.jobs import JobStatus
from tests.fake_llm import FakeLlm, good, held, slow
from tests.integration.processes.installation import Installation
from tests.integration.processes.person import Person


@pytest.fixture
def ada(separate: Installation, groq: dict[str, str]) -> Person:
    separate.settings |= groq
    separate.serve("api", "--workers", "1")
    return separate.person().sign_up()


def test_what_runs_may_end_within_the_grace(separate: Installation, llm: FakeLlm, ada: Person) -> None:
    release = threading.Event()
    llm.behave(held(release))
    worker = separate.work(SHUTDOWN_GRACE_SECONDS="30", MAX_RUNNING_JOBS_PER_USER="1")
    running, waiting = (ada.generate(ada.make_session(), 5) for _ in range(2))
    ada.begun(running)

    worker.tell(signal.SIGTERM)
    release.set()

    assert worker.exit_code(15) == 0
    assert ada.job(running)["status"] == "succeeded"
    assert ada.job(waiting)["status"] == "queued"


def test_after_the_grace_the_job_goes_back_at_once_and_loses_no_attempt(
    separate: Installation, llm: FakeLlm, ada: Person
) -> None:
    llm.behave(good, slow(20))
    worker = separate.work(SHUTDOWN_GRACE_SECONDS="0.5")
    session_id = ada.make_session()
    job_id = ada.generate(session_id, 25)
    ada.begun(job_id, done=1)

    assert worker.stop(within=6) == 0

    with separate.stores() as stores:
        job = stores.jobs.get(job_id)
        assert job is not None
        assert (job.status, job.lease) == (JobStatus.QUEUED, None)
        assert job.max_attempts - job.attempts == 3
    llm.behave(good)
    separate.work()
    assert ada.ended(job_id)["status"] == "succeeded"
    assert len(ada.questions(session_id)) == 25


def test_the_api_stops_when_told(separate: Installation, ada: Person) -> None:
    api = separate.programs[0]

    assert api.stop() == 0
    assert "Traceback" not in api.log
