"""SQLite only: the file, its locks, and the indexes that frequent queries use."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.sqlite.database import SqliteDatabase
from core.domain.errors import Unavailable
from core.domain.jobs.jobs import JobFilter
from core.domain.library.questions import QuestionFilter, QuestionSort
from core.domain.library.sessions import SessionFilter
from core.domain.mail.emails import EmailState
from core.domain.paging import PageRequest
from tests.contract.conftest import Storage, sqlite_storage
from tests.contract.racing import at_once
from tests.contract.records import NOON, a_job, a_user, an_id

PAGE = PageRequest(20)
LATER_PAGE = PageRequest(20, (an_id(5),))
IN_ONE_SESSION = QuestionFilter(session_ids=("session",))


def test_data_outlives_the_process(tmp_path: Path) -> None:
    user = a_user()
    first = SqliteDatabase(tmp_path / "data.db")
    sqlite_storage(first).users.add(user)
    first.close()

    second = SqliteDatabase(tmp_path / "data.db")
    second.ping()
    assert sqlite_storage(second).users.get(user.id) == user
    second.close()
    assert [path.name for path in tmp_path.iterdir()] == ["data.db"]


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    for database in at_once(8, lambda _: SqliteDatabase(tmp_path / "data.db")):
        database.ping()
        database.close()


def test_a_closed_database_is_unavailable(sqlite_database: SqliteDatabase) -> None:
    sqlite_database.close()

    with pytest.raises(Unavailable):
        sqlite_database.ping()


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        SqliteDatabase(tmp_path / "missing" / "data.db")


def test_a_locked_file_is_readable_but_unavailable_for_writers(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "data.db", busy_timeout_seconds=0.05)
    users = sqlite_storage(database).users
    user = a_user()
    users.add(user)
    other = SqliteDatabase(tmp_path / "data.db")

    with other.writing():
        with pytest.raises(Unavailable):
            users.add(a_user())
        assert users.get(user.id) == user

    users.add(a_user())
    database.close()
    other.close()


def test_a_database_in_memory_serves_many_threads(sqlite_memory: SqliteDatabase) -> None:
    users = sqlite_storage(sqlite_memory).users
    several = [a_user() for _ in range(50)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(users.add, several))
        found = list(threads.map(lambda user: users.get(user.id), several))

    assert found == several


def test_old_and_newer_documents_can_be_read(sqlite_database: SqliteDatabase) -> None:
    jobs = sqlite_storage(sqlite_database).jobs
    job = a_job()
    jobs.add(job)
    with sqlite_database.writing() as connection:
        connection.execute("UPDATE jobs SET doc = json_set(json_remove(doc, '$.progress'), '$.color', 'red')")

    assert jobs.get(job.id) == job


def test_moments_are_kept_in_utc_with_milliseconds_and_a_z(sqlite_database: SqliteDatabase) -> None:
    sqlite_storage(sqlite_database).users.add(a_user(created_at=NOON.replace(microsecond=7_999)))

    with sqlite_database.reading() as connection:
        (stored,) = connection.execute("SELECT doc ->> '$.created_at' FROM users").fetchone()
    assert stored == "2026-03-14T12:00:00.007Z"


@pytest.mark.parametrize(
    ("index", "ask"),
    [
        ("users_by_email_key", lambda s: s.users.by_email_key("ada@example.org")),
        ("users_with_pending_emails", lambda s: s.users.with_pending_emails(10)),
        ("logins_by_user", lambda s: s.logins.active_of("ada", NOON)),
        ("logins_by_expiry", lambda s: s.logins.remove_expired(NOON)),
        ("sessions_by_user", lambda s: s.sessions.page("ada", SessionFilter(), PAGE)),
        ("sessions_by_user", lambda s: s.sessions.page("ada", SessionFilter(tags=("a",)), LATER_PAGE)),
        ("sessions_by_user", lambda s: s.sessions.count("ada")),
        ("sessions_deleted", lambda s: s.sessions.deleted_before(NOON, 10)),
        (
            "questions_by_user",
            lambda s: s.questions.page("ada", QuestionFilter(), QuestionSort.NEWEST, LATER_PAGE),
        ),
        (
            "questions_by_user",
            lambda s: s.questions.page("ada", QuestionFilter(tags=("a",)), QuestionSort.OLDEST, PAGE),
        ),
        (
            "questions_by_difficulty",
            lambda s: s.questions.page(
                "ada", QuestionFilter(), QuestionSort.DIFFICULTY, replace(PAGE, after=("2", an_id(5)))
            ),
        ),
        (
            "questions_by_session",
            lambda s: s.questions.page("ada", IN_ONE_SESSION, QuestionSort.NEWEST, LATER_PAGE),
        ),
        ("questions_by_session", lambda s: s.questions.texts_of_session("session")),
        ("questions_by_session", lambda s: s.questions.of_job("session", "job")),
        ("questions_by_session", lambda s: s.questions.counts(["one", "two"])),
        ("questions_by_session", lambda s: s.questions.remove_of_session("session")),
        ("jobs_by_user", lambda s: s.jobs.page("ada", JobFilter(), LATER_PAGE)),
        ("jobs_due", lambda s: s.jobs.due(NOON, 10, ["grace"])),
        ("jobs_running", lambda s: s.jobs.running_of("ada")),
        ("jobs_queued", lambda s: s.jobs.queued_count("ada")),
        ("jobs_due", lambda s: s.jobs.due(NOON, 10, ["grace"], ["session"])),
        ("jobs_running", lambda s: s.jobs.running()),
        ("jobs_unsettled", lambda s: s.jobs.unsettled(NOON, 10)),
        ("keyed_requests_by_age", lambda s: s.keyed_requests.remove_older(NOON)),
        ("exports_by_user", lambda s: s.exports.page("ada", LATER_PAGE)),
        ("exports_stored", lambda s: s.exports.stored_count("ada", NOON)),
        ("exports_to_purge", lambda s: s.exports.expired(NOON, 10)),
        ("exports_pending", lambda s: s.exports.pending_before(NOON, 10)),
        ("notifications_by_user", lambda s: s.notifications.newest("ada", only_unread=False)),
        ("notifications_by_unread", lambda s: s.notifications.newest("ada", only_unread=True)),
        ("notifications_by_user", lambda s: s.notifications.after("ada", an_id(5))),
        ("notifications_by_unread", lambda s: s.notifications.unread_count("ada")),
        ("notifications_by_cause", lambda s: s.notifications.clear("ada")),
        ("security_events_by_user", lambda s: s.security_events.page("ada", LATER_PAGE)),
        ("mails_due", lambda s: s.mails.due(NOON, 10)),
        ("mails_by_state", lambda s: s.mails.page((EmailState.FAILED,), LATER_PAGE)),
    ],
)
def test_a_hot_query_uses_its_index_and_sorts_nothing(
    sqlite_memory: SqliteDatabase, index: str, ask: Callable[[Storage], object]
) -> None:
    plan = " / ".join(_plan(sqlite_memory, lambda: ask(sqlite_storage(sqlite_memory))))

    assert f"INDEX {index}" in plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


def _plan(database: SqliteDatabase, ask: Callable[[], object]) -> list[str]:
    """How SQLite goes about the statement that `ask` runs."""
    statements: list[str] = []
    with database.reading() as connection:
        connection.set_trace_callback(statements.append)
    ask()
    with database.reading() as connection:
        connection.set_trace_callback(None)
        (statement,) = [text for text in statements if text.startswith(("SELECT", "DELETE"))]
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
