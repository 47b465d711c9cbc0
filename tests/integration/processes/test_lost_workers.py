"""A worker dies in the middle of its work: another one completes it, once."""

from __future__ import annotations

import pytest

from core.domain.jobs.jobs import MAX_LOST_LEASES
from core.domain.mail.emails import EmailKind
from core.domain.paging import PageRequest
from tests.fake_llm import FakeLlm, good, slow
from tests.integration.processes.installation import Installation
from tests.integration.processes.person import Person
from tests.integration.processes.waiting import until


@pytest.fixture
def ada(separate: Installation, groq: dict[str, str]) -> Person:
    """With the first ten questions soon there, and the others long under way."""
    separate.settings |= {"JOB_LEASE_SECONDS": "1", "JOB_MAX_ATTEMPTS": "2", **groq}
    separate.serve("api", "--workers", "1")
    return separate.person().sign_up()


def test_a_killed_generation_is_completed_by_another_worker(
    separate: Installation, llm: FakeLlm, ada: Person
) -> None:
    llm.behave(good, slow(20))
    session_id = ada.make_session()
    first = separate.work()
    job_id = ada.generate(session_id, 25)
    ada.begun(job_id, done=1)
    first.kill()
    stored = {question["id"] for question in ada.questions(session_id)}
    assert 0 < len(stored) < 25
    llm.behave(good)

    separate.work()

    job = ada.ended(job_id)
    assert (job["status"], job["attempts"]) == ("succeeded", 1), "a lost worker is no failed attempt"
    questions = ada.questions(session_id)
    assert len(questions) == len({question["text"] for question in questions}) == 25
    assert stored <= {question["id"] for question in questions}
    assert sorted(question["id"] for question in questions) == job["result"]["question_ids"]
    assert len(_told_once_settled(separate, job_id, ada)) == 1
    assert len(_mailed(separate, EmailKind.GENERATION_COMPLETE)) == 1


def test_a_worker_that_is_only_silent_may_not_write_when_it_wakes(
    separate: Installation, llm: FakeLlm, ada: Person
) -> None:
    """As a machine does that was suspended: its lease has gone to another worker meanwhile."""
    llm.behave(good, slow(3))
    session_id = ada.make_session()
    sleeper = separate.work()
    job_id = ada.generate(session_id, 25)
    ada.begun(job_id, done=1)
    sleeper.suspend()
    llm.behave(good)
    separate.work()
    job = ada.ended(job_id)

    sleeper.resume()

    sleeper.saying("was taken over by another worker")
    assert ada.job(job_id) == job
    assert len(ada.questions(session_id)) == 25
    assert len(_told_once_settled(separate, job_id, ada)) == 1


def test_a_job_that_kills_every_worker_ends_as_failed(
    separate: Installation, llm: FakeLlm, ada: Person
) -> None:
    llm.behave(slow(20))
    job_id = ada.generate(ada.make_session(), 5)
    for number in range(1, MAX_LOST_LEASES + 1):
        worker = separate.work()
        _taken(separate, job_id, times=number)
        worker.kill()

    separate.work()

    job = ada.ended(job_id)
    assert (job["status"], job["error"]["code"]) == ("failed", "worker_lost")
    assert job["attempts"] <= 2


def _taken(separate: Installation, job_id: str, *, times: int) -> None:
    with separate.stores() as stores:

        def is_taken() -> bool:
            job = stores.jobs.get(job_id)
            return job is not None and job.leases == times

        until(is_taken, "worker with the job")


def _told_once_settled(separate: Installation, job_id: str, ada: Person) -> list[str]:
    """The notifications about the job, once nothing more follows from its end."""
    with separate.stores() as stores:

        def is_settled() -> bool:
            job = stores.jobs.get(job_id)
            return job is not None and job.settled_at is not None

        until(is_settled, "settled job")
        user = stores.users.by_email_key(ada.email)
        assert user is not None
        newest = stores.notifications.newest(user.id, only_unread=False)
        return [item.id for item in newest if item.data["job_id"] == job_id]


def _mailed(separate: Installation, kind: EmailKind) -> list[str]:
    with separate.stores() as stores:
        return [mail.id for mail in stores.mails.page((), PageRequest(100)).items if mail.kind is kind]
