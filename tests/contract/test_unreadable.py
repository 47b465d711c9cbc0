"""Stored records that this release cannot read: skipped, logged by id, and in nobody's way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from adapters.records.base import MAX_UNREADABLE
from adapters.sqlite.database import SqliteDatabase
from core.domain.errors import AlreadyExists
from core.domain.jobs.jobs import Job, JobFilter, JobStatus
from core.domain.library.questions import QuestionFilter, QuestionSort
from core.domain.library.sessions import SessionFilter
from core.domain.paging import Page, PageRequest
from tests.contract.conftest import Storage, sqlite_storage
from tests.contract.raw import RawDocuments
from tests.contract.records import (
    NOON,
    a_job,
    a_login,
    a_mail,
    a_notification,
    a_question,
    a_security_event,
    a_session,
    a_user,
    an_export,
    an_id,
)

A_MINUTE = timedelta(minutes=1)
SECRET = "teleport to the moon"


def break_kind(storage: Storage, raw: RawDocuments, *jobs: Job) -> None:
    for job in jobs:
        storage.jobs.add(job)
        raw.set("jobs", job.id, "kind", SECRET)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw, job_id: raw.set("jobs", job_id, "kind", SECRET),
        lambda raw, job_id: raw.set("jobs", job_id, "status", SECRET),
        lambda raw, job_id: raw.set("jobs", job_id, "progress", {"done": SECRET}),
        lambda raw, job_id: raw.set("jobs", job_id, "lease", {"owner": SECRET}),
        lambda raw, job_id: raw.unset("jobs", job_id, "params"),
        lambda raw, job_id: raw.unset("jobs", job_id, "max_attempts"),
    ],
)
def test_an_unreadable_job_does_not_stop_the_workers(
    storage: Storage,
    raw: RawDocuments,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[RawDocuments, str], None],
) -> None:
    broken, good = a_job(run_after=NOON - A_MINUTE), a_job()
    storage.jobs.add(broken)
    storage.jobs.add(good)
    damage(raw, broken.id)

    assert list(storage.jobs.due(NOON, 10)) == [good]
    assert list(storage.jobs.due(NOON, 1)) == [good]
    assert storage.jobs.get(broken.id) is None

    (message,) = [record.getMessage() for record in caplog.records if broken.id in record.getMessage()]
    assert "jobs" in message
    assert SECRET not in caplog.text


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_unreadable_jobs_do_not_take_the_place_of_good_ones(
    storage: Storage, raw: RawDocuments, limit: int
) -> None:
    break_kind(storage, raw, *(a_job(run_after=NOON - A_MINUTE) for _ in range(7)))
    good = [a_job(run_after=NOON - timedelta(seconds=30 - second)) for second in range(3)]
    for job in good:
        storage.jobs.add(job)
    break_kind(storage, raw, a_job())

    assert list(storage.jobs.due(NOON, limit)) == good[:limit]
    assert list(storage.jobs.due(NOON - A_MINUTE, limit)) == []


def test_the_id_of_an_unreadable_record_stays_taken(storage: Storage, raw: RawDocuments) -> None:
    job = a_job()
    break_kind(storage, raw, job)

    with pytest.raises(AlreadyExists):
        storage.jobs.add(job)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("broken", [{0}, {5}, {2, 3}, {0, 1, 2, 3}, {1, 3, 5}, {0, 1, 2, 3, 4, 5}])
def test_paging_goes_on_past_unreadable_jobs(
    storage: Storage, raw: RawDocuments, broken: set[int], limit: int
) -> None:
    jobs = [a_job() for _ in range(6)]
    for number, job in enumerate(jobs):
        storage.jobs.add(job)
        if number in broken:
            raw.set("jobs", job.id, "kind", SECRET)

    seen: list[Job] = []
    request: PageRequest | None = PageRequest(limit)
    while request is not None:
        page = storage.jobs.page("ada", JobFilter(), request)
        seen.extend(page.items)
        request = None if page.next_after is None else PageRequest(limit, page.next_after)

    assert seen == [job for number, job in reversed(list(enumerate(jobs))) if number not in broken]


def test_paging_by_difficulty_goes_on_without_the_rank(storage: Storage, raw: RawDocuments) -> None:
    questions = [a_question() for _ in range(4)]
    storage.questions.put(questions)
    raw.unset("questions", questions[0].id, "difficulty_rank")

    first = storage.questions.page("ada", QuestionFilter(), QuestionSort.DIFFICULTY, PageRequest(2))
    rest = PageRequest(2, first.next_after)
    last = storage.questions.page("ada", QuestionFilter(), QuestionSort.DIFFICULTY, rest)

    assert [*first.items, *last.items] == questions[1:]
    assert last.next_after is None


def test_an_unknown_status_is_not_counted(
    storage: Storage, raw: RawDocuments, caplog: pytest.LogCaptureFixture
) -> None:
    broken = a_job()
    storage.jobs.add(broken)
    storage.jobs.add(a_job())
    raw.set("jobs", broken.id, "status", SECRET)

    assert storage.jobs.status_counts() == {JobStatus.QUEUED: 1}
    assert "1 job" in caplog.text
    assert SECRET not in caplog.text


def test_a_running_job_without_a_user_is_skipped(storage: Storage, raw: RawDocuments) -> None:
    jobs = [a_job().leased("worker", NOON, A_MINUTE) for _ in range(2)]
    for job in jobs:
        storage.jobs.add(job)
    raw.unset("jobs", jobs[0].id, "user_id")

    assert storage.jobs.running() == jobs[1:]


@dataclass(frozen=True, slots=True)
class Listing:
    """A way to list two records, of which one loses a field."""

    table: str
    make: Callable[[], Any]
    add: Callable[[Storage, Any], object]
    field: str
    read: Callable[[Storage], Sequence[Any] | Page[Any]]


EVERY = PageRequest(10)
LISTINGS = {
    "jobs running": Listing(
        "jobs",
        lambda: a_job().leased("worker", NOON, A_MINUTE),
        lambda s, job: s.jobs.add(job),
        "kind",
        lambda s: s.jobs.running_of("ada"),
    ),
    "jobs unsettled": Listing(
        "jobs",
        lambda: a_job().cancelled(NOON),
        lambda s, job: s.jobs.add(job),
        "kind",
        lambda s: s.jobs.unsettled(NOON, 1),
    ),
    "jobs of all": Listing(
        "jobs",
        a_job,
        lambda s, job: s.jobs.add(job),
        "kind",
        lambda s: s.jobs.page_of_all(JobFilter(), EVERY),
    ),
    "sessions": Listing(
        "sessions",
        a_session,
        lambda s, session: s.sessions.add(session),
        "role",
        lambda s: s.sessions.page("ada", SessionFilter(), EVERY),
    ),
    "sessions deleted": Listing(
        "sessions",
        lambda: a_session().deleted(NOON),
        lambda s, session: s.sessions.add(session),
        "role",
        lambda s: s.sessions.deleted_before(NOON + A_MINUTE, 1),
    ),
    "questions": Listing(
        "questions",
        a_question,
        lambda s, question: s.questions.add(question),
        "answer",
        lambda s: s.questions.page("ada", QuestionFilter(), QuestionSort.NEWEST, EVERY),
    ),
    "questions of a job": Listing(
        "questions",
        lambda: a_question(job_id="job"),
        lambda s, question: s.questions.add(question),
        "answer",
        lambda s: s.questions.of_job("session", "job"),
    ),
    "exports": Listing(
        "exports",
        an_export,
        lambda s, export: s.exports.add(export),
        "format",
        lambda s: s.exports.page("ada", EVERY),
    ),
    "exports expired": Listing(
        "exports",
        an_export,
        lambda s, export: s.exports.add(export),
        "format",
        lambda s: s.exports.expired(NOON + timedelta(days=30), 1),
    ),
    "logins": Listing(
        "logins",
        lambda: a_login(expires_at=NOON + A_MINUTE),
        lambda s, login: s.logins.add(login),
        "nonce",
        lambda s: s.logins.active_of("ada", NOON),
    ),
    "security events": Listing(
        "security_events",
        a_security_event,
        lambda s, event: s.security_events.add(event),
        "outcome",
        lambda s: s.security_events.page("ada", EVERY),
    ),
    "notifications": Listing(
        "notifications",
        a_notification,
        lambda s, notification: s.notifications.add(notification),
        "type",
        lambda s: s.notifications.newest("ada", only_unread=True),
    ),
    "notifications after one": Listing(
        "notifications",
        a_notification,
        lambda s, notification: s.notifications.add(notification),
        "type",
        lambda s: s.notifications.after("ada", ""),
    ),
    "emails": Listing(
        "mails", a_mail, lambda s, mail: s.mails.add(mail), "kind", lambda s: s.mails.page((), EVERY)
    ),
    "emails due": Listing(
        "mails", a_mail, lambda s, mail: s.mails.add(mail), "kind", lambda s: s.mails.due(NOON, 1)
    ),
}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
def test_a_list_leaves_out_what_cannot_be_read(
    storage: Storage, raw: RawDocuments, listing: Listing, caplog: pytest.LogCaptureFixture
) -> None:
    broken, good = listing.make(), listing.make()
    listing.add(storage, broken)
    listing.add(storage, good)
    raw.unset(listing.table, broken.id, listing.field)

    found = listing.read(storage)

    assert list(found.items if isinstance(found, Page) else found) == [good]
    assert f"{listing.table} {broken.id}" in caplog.text


def test_one_that_cannot_be_read_is_not_found(storage: Storage, raw: RawDocuments) -> None:
    user, session, question = a_user(), a_session(), a_question()
    storage.users.add(user)
    storage.sessions.add(session)
    storage.questions.add(question)
    raw.unset("users", user.id, "full_name")
    raw.set("sessions", session.id, "status", SECRET)
    raw.unset("questions", question.id, "text")

    assert storage.users.get(user.id) is None
    assert storage.users.by_email_key(user.email_key) is None
    assert storage.sessions.get("ada", session.id) is None
    assert storage.questions.get("ada", question.id) is None
    assert storage.questions.texts_of_session("session") == []
    assert storage.questions.remove("ada", question.id) is True


def test_reading_past_unreadable_records_is_bounded(sqlite_memory: SqliteDatabase) -> None:
    jobs = sqlite_storage(sqlite_memory).jobs
    oldest = a_job(id=an_id(1), run_after=NOON)
    jobs.add(oldest)
    with sqlite_memory.writing() as connection:
        connection.executemany(
            "INSERT INTO jobs SELECT :id, json_set(doc, '$.id', :id, '$.kind', 'other', '$.due_at', '2000')"
            " FROM jobs LIMIT 1",
            [{"id": an_id(number)} for number in range(2, MAX_UNREADABLE + 20)],
        )

    assert list(jobs.due(NOON, 5)) == []
    first = jobs.page("ada", JobFilter(), PageRequest(5))
    assert first.items == ()
    assert first.next_after is not None
    assert jobs.page("ada", JobFilter(), PageRequest(5, first.next_after)) == Page((oldest,))
