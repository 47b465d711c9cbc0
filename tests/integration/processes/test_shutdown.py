"""SIGTERM: a worker ends its work if there is time, else it gives it back."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator

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


def test_after_the_grace_the_job_goes_back_without_losing_an_attempt(
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


GRACE_SECONDS = 2.0
PATIENCE_SECONDS = 2.0


@pytest.fixture
def silent_smtp_server() -> Iterator[str]:
    """The URL of one that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}?starttls=never&timeout=60"


def test_a_worker_ends_soon_after_its_grace_whatever_it_waits_for(
    separate: Installation,
    llm: FakeLlm,
    ada: Person,
    silent_smtp_server: str,
) -> None:
    """It waits for a provider, in as many jobs as it may run, and for a mail server."""
    llm.behave(slow(60))
    worker = separate.work(SHUTDOWN_GRACE_SECONDS=str(GRACE_SECONDS), SMTP_URL=silent_smtp_server)
    job_ids = [ada.generate(ada.make_session(), 25) for _ in range(3)]
    for job_id in job_ids:
        ada.begun(job_id)

    began_at = time.monotonic()
    assert worker.stop(within=GRACE_SECONDS + 20) == 0
    seconds = time.monotonic() - began_at

    print(f"SIGTERM to the end: {seconds:.2f} s, of which {GRACE_SECONDS:.0f} s grace")
    assert seconds < GRACE_SECONDS + PATIENCE_SECONDS
    assert "Traceback" not in worker.log
    with separate.stores() as stores:
        for job_id in job_ids:
            job = stores.jobs.get(job_id)
            assert job is not None
            assert (job.status, job.lease, job.attempts) == (JobStatus.QUEUED, None, 0)


def test_a_worker_that_has_nothing_to_do_ends_at_once(separate: Installation, ada: Person) -> None:
    worker = separate.work(SHUTDOWN_GRACE_SECONDS="30")

    assert worker.stop(within=3) == 0


def test_the_api_stops_when_told(separate: Installation, ada: Person) -> None:
    api = separate.programs[0]

    assert api.stop() == 0
    assert "Traceback" not in api.log
