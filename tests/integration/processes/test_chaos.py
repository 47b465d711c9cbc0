"""Workers are killed at random and Redis is restarted: no job is lost, and nothing is made twice.

In short form everywhere; with CHAOS=full as long as it takes to kill forty workers (`make chaos`).
"""

from __future__ import annotations

import csv
import io
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from typing import Any

import pymongo
import pytest
from docx import Document
from pypdf import PdfReader

from core.domain.jobs.jobs import Job, JobKind
from core.domain.mail.emails import Email, EmailKind
from core.domain.paging import PageRequest
from entrypoints.wiring.stores import Stores
from tests.fake_llm import FakeLlm, slow
from tests.integration.processes.installation import Installation
from tests.integration.processes.person import Person
from tests.integration.processes.programs import Program, RedisOfOurOwn
from tests.integration.processes.waiting import until


@dataclass(frozen=True, slots=True)
class Plan:
    """`kills` of workers, and between them two restarts of Redis."""

    kills: int
    workers: int
    pause_seconds: tuple[float, float]
    call_seconds: float
    recovery_seconds: float


SHORT = Plan(kills=5, workers=2, pause_seconds=(0.3, 1.0), call_seconds=0.7, recovery_seconds=60)
FULL = Plan(kills=40, workers=3, pause_seconds=(0.5, 2.5), call_seconds=1.5, recovery_seconds=240)
PLAN = FULL if os.environ.get("CHAOS") == "full" else SHORT
SEED = int(os.environ.get("CHAOS_SEED", "20260115"))

USERS = 5
SESSIONS_EACH = 3
GENERATIONS_PER_SESSION = 2
QUESTIONS_PER_GENERATION = 15
EXPORTS_EACH = 2
OWN_QUESTIONS = 3
FAILING_FOLLOW_UPS = 120


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody with some sessions, and the ids of the jobs that were started on them."""

    person: Person
    library: str
    generations: dict[str, list[str]]
    exports: list[str]

    @property
    def job_ids(self) -> list[str]:
        return [job_id for jobs in self.generations.values() for job_id in jobs] + self.exports

    def wishes(self, formats: Iterator[str]) -> list[Callable[[], None]]:
        """What is to be asked for. More than one job is to write into each session."""
        generations: list[Callable[[], None]] = [
            partial(self._generate, session_id)
            for session_id in self.generations
            for _ in range(GENERATIONS_PER_SESSION)
        ]
        return generations + [partial(self._export, next(formats)) for _ in range(EXPORTS_EACH)]

    def _generate(self, session_id: str) -> None:
        self.generations[session_id].append(self.person.generate(session_id, QUESTIONS_PER_GENERATION))

    def _export(self, export_format: str) -> None:
        self.exports.append(self.person.export(self.library, export_format))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Jobs whose follow-ups always fail, more and older than a sweep deals with; one of which nobody has
    done the follow-ups yet; and one that no process can read. By their ids."""

    failing: list[str]
    cancelled: str
    unreadable: str

    def check(self, stores: Stores) -> None:
        """The second is settled all the same, and the first are tried seldom."""

        def is_settled() -> bool:
            job = stores.jobs.get(self.cancelled)
            return job is not None and job.settled_at is not None

        until(is_settled, "follow-up beside those that fail", within=PLAN.recovery_seconds)
        for job_id in self.failing:
            job = stores.jobs.get(job_id)
            assert job is not None
            assert job.settled_at is None
            assert job.follow_up_failures < 10
        assert stores.jobs.get(self.unreadable) is None


def _leave_trouble(stores: Stores, database_url: str) -> Trouble:
    begin = datetime(2026, 1, 1, tzinfo=UTC)

    def a_job(job_id: str, kind: JobKind) -> Job:
        return Job(job_id, "nobody", kind, {}, begin, begin, max_attempts=3)

    failing = [f"failing {number}" for number in range(FAILING_FOLLOW_UPS)]
    for job_id in failing:
        stores.jobs.add(a_job(job_id, JobKind.EXPORT_SESSION).cancelled(begin))
    cancelled = replace(
        a_job("cancelled", JobKind.GENERATE_QUESTIONS), params={"session_id": "none", "count": 1}
    )
    stores.jobs.add(cancelled.cancelled(begin + timedelta(seconds=1)))
    stores.jobs.add(a_job("unreadable", JobKind.EXPORT_SESSION))
    with pymongo.MongoClient[dict[str, object]](database_url) as client:
        jobs = client.get_default_database()["jobs"]
        jobs.update_one({"_id": "unreadable"}, {"$set": {"kind": "of another release"}})
    return Trouble(failing, cancelled.id, "unreadable")


@pytest.mark.timeout(900)
def test_no_job_is_lost_and_nothing_is_made_twice(
    separate: Installation,
    own_redis: RedisOfOurOwn,
    database_url: str,
    llm: FakeLlm,
    groq: dict[str, str],
) -> None:
    llm.behave(slow(PLAN.call_seconds))
    separate.settings |= {
        "JOB_LEASE_SECONDS": "1.5",
        "JOB_MAX_ATTEMPTS": "20",
        "WORKER_THREADS": "2",
        **groq,
    }
    separate.serve("api", "--workers", "1")
    customers = [_customer(separate.person(f"user{number}@example.com").sign_up()) for number in range(USERS)]

    with separate.stores() as stores:
        trouble = _leave_trouble(stores, database_url)

    _wreak_havoc(separate, own_redis, customers, random.Random(SEED))

    with separate.stores() as stores:
        trouble.check(stores)
        jobs = _settled(stores, [job_id for customer in customers for job_id in customer.job_ids])
        assert Counter(job.kind for job in jobs) == {
            JobKind.GENERATE_QUESTIONS: 30,
            JobKind.EXPORT_SESSION: 10,
        }
        assert {job.id: (job.status, job.error) for job in jobs if job.status != "succeeded"} == {}
        assert any(job.leases > 1 for job in jobs), "no worker was killed at work: that was no chaos"
        for customer in customers:
            _check_questions(stores, customer)
            _check_notifications(customer)
            _check_exports(customer)
        _check_mails(stores, jobs)


def _customer(person: Person) -> Customer:
    library = person.make_session("Librarian")
    for number in range(OWN_QUESTIONS):
        person.add_question(library, f"Which shelf is number {number} on?")
    sessions = [person.make_session(f"Engineer {number}") for number in range(SESSIONS_EACH)]
    return Customer(person, library, {session_id: [] for session_id in sessions}, [])


def _wreak_havoc(
    separate: Installation, own_redis: RedisOfOurOwn, customers: list[Customer], dice: random.Random
) -> None:
    """Ask for everything bit by bit, and kill a worker after each bit. In the end as many are alive as
    the plan wants."""
    formats = cycle(("pdf", "docx", "csv"))
    wishes = [wish for customer in customers for wish in customer.wishes(formats)]
    dice.shuffle(wishes)
    workers = [separate.start("worker") for _ in range(PLAN.workers)]
    restarts = dice.sample(range(PLAN.kills), 2)
    for number in range(PLAN.kills):
        if number in restarts:
            own_redis.stop()
        for wish in wishes[number :: PLAN.kills]:
            wish()
        victim = _victim(workers, dice)
        time.sleep(dice.uniform(*PLAN.pause_seconds))
        if number in restarts:
            own_redis.start()
        victim.kill()
        workers.remove(victim)
        workers.append(separate.start("worker"))


def _victim(workers: list[Program], dice: random.Random) -> Program:
    """One that has begun a job, if there is one soon."""
    patience_ends_at = time.monotonic() + 4
    while not (busy := [worker for worker in workers if " begins" in worker.log]):
        if time.monotonic() > patience_ends_at:
            return dice.choice(workers)
        time.sleep(0.05)
    return dice.choice(busy)


def _settled(stores: Stores, job_ids: list[str]) -> list[Job]:
    """The jobs, once they have ended and all that follows from that is done."""

    def look() -> list[Job] | None:
        jobs = [job for job_id in job_ids if (job := stores.jobs.get(job_id)) is not None]
        assert len(jobs) == len(job_ids), "a job has vanished"
        return jobs if all(job.settled_at is not None for job in jobs) else None

    return until(look, "end of every job", within=PLAN.recovery_seconds)


def _check_questions(stores: Stores, customer: Customer) -> None:
    for session_id, job_ids in customer.generations.items():
        questions = customer.person.questions(session_id)
        wanted = QUESTIONS_PER_GENERATION * GENERATIONS_PER_SESSION
        assert len({question["id"] for question in questions}) == wanted
        assert len({question["text"].casefold() for question in questions}) == wanted
        for job_id in job_ids:
            made = {question.id for question in stores.questions.of_job(session_id, job_id)}
            assert sorted(made) == customer.person.job(job_id)["result"]["question_ids"]
            assert len(made) == QUESTIONS_PER_GENERATION


def _check_notifications(customer: Customer) -> None:
    told = customer.person.ask("GET", "/notifications")["items"]
    assert Counter(item["data"]["job_id"] for item in told) == Counter(customer.job_ids)


def _check_mails(stores: Stores, jobs: list[Job]) -> None:
    """Of their ids no two are equal, and each is derived from its job: so there are as many as jobs."""
    kinds = Counter(mail.kind for mail in _all_mails(stores))
    assert kinds[EmailKind.GENERATION_COMPLETE] == sum(job.kind is JobKind.GENERATE_QUESTIONS for job in jobs)
    assert kinds[EmailKind.EXPORT_READY] == sum(job.kind is JobKind.EXPORT_SESSION for job in jobs)


def _all_mails(stores: Stores) -> Iterator[Email]:
    request = PageRequest(100)
    while True:
        page = stores.mails.page((), request)
        yield from page.items
        if page.next_after is None:
            return
        request = PageRequest(100, page.next_after)


def _check_exports(customer: Customer) -> None:
    listed = customer.person.ask("GET", "/exports")["items"]
    assert Counter(item["job_id"] for item in listed) == Counter(customer.exports)
    for item in listed:
        text = _read(item, customer.person.download(item["id"]))
        assert all(f"shelf is number {number}" in text for number in range(OWN_QUESTIONS))


def _read(export: dict[str, Any], content: bytes) -> str:
    """The words in the file, by an independent reader, with simple spaces."""
    assert len(content) == export["size_bytes"]
    if export["format"] == "pdf":
        words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    elif export["format"] == "docx":
        words = " ".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)
    else:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        words = " ".join(cell for row in rows for cell in row)
    return " ".join(words.split())
