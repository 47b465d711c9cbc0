"""MongoDB only: an unavailable server, operators, and the use of indexes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pymongo.monitoring
import pytest
from bson import ObjectId

from adapters.mongo.conditions import following, where
from adapters.mongo.database import MongoDatabase
from adapters.mongo.files import GridFsFileStore
from adapters.records.conditions import NEWEST_FIRST, AnyOf, Equal
from core.domain.errors import Unavailable
from core.domain.jobs.jobs import JobFilter
from core.domain.library.questions import QuestionFilter, QuestionSort
from core.domain.library.sessions import SessionFilter
from core.domain.mail.emails import EmailState
from core.domain.paging import PageRequest
from tests.contract.conftest import Storage, mongo_storage
from tests.contract.racing import at_once
from tests.contract.records import NOON, a_job, a_question, a_user, an_id
from tests.servers import free_port

AN_OPERATOR: Any = {"$gt": ""}
PAGE = PageRequest(20)
LATER_PAGE = PageRequest(20, (an_id(5),))
IN_ONE_SESSION = QuestionFilter(session_ids=("session",))


class Commands(pymongo.monitoring.CommandListener):
    """Keeps the commands that clients send."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def started(self, event: pymongo.monitoring.CommandStartedEvent) -> None:
        if event.command_name in ("find", "aggregate", "delete"):
            self.sent.append(dict(event.command))

    def succeeded(self, event: pymongo.monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: pymongo.monitoring.CommandFailedEvent) -> None:
        pass


def test_the_url_names_the_database() -> None:
    for url, name in (
        ("mongodb://127.0.0.1:1/prep?w=majority", "prep"),
        ("mongodb://127.0.0.1:1", "interview_prep"),
    ):
        database = MongoDatabase(url)
        assert database.database.name == name
        database.close()


def test_while_the_server_is_unavailable_everything_is_unavailable() -> None:
    database = MongoDatabase(f"mongodb://127.0.0.1:{free_port()}", timeout_seconds=0.05)
    storage, files = mongo_storage(database), GridFsFileStore(database)
    user = a_user()
    calls: list[Callable[[], object]] = [
        database.ping,
        database.create_indexes,
        lambda: storage.users.add(user),
        lambda: storage.users.get(user.id),
        lambda: storage.users.save(user),
        lambda: storage.sessions.page("ada", SessionFilter(), PAGE),
        lambda: storage.questions.put([a_question()]),
        lambda: storage.questions.counts(["session"]),
        lambda: storage.questions.remove_of_session("session"),
        lambda: files.put("file", BytesIO(b"content")),
        lambda: files.size_bytes("file"),
        lambda: files.read("file", 0, 1),
        lambda: files.remove("file"),
        lambda: files.page("", 10),
        lambda: files.remove_unfinished(NOON, 10),
    ]

    def is_unavailable(number: int) -> bool:
        try:
            calls[number]()
        except Unavailable:
            return True
        return False

    # All at once, since each one waits.
    assert all(at_once(len(calls), is_unavailable))
    database.close()


def test_indexes_can_be_made_again(mongo_database: MongoDatabase) -> None:
    mongo_database.ping()
    mongo_database.create_indexes()


def test_every_value_stands_behind_an_operator_of_ours() -> None:
    assert where([Equal("topic", AN_OPERATOR)]) == {"topic": {"$eq": AN_OPERATOR}}
    assert where([AnyOf("topic", ["$where"])]) == {"topic": {"$in": ["$where"]}}
    assert following(NEWEST_FIRST, (AN_OPERATOR,)) == {"id": {"$lt": AN_OPERATOR}}


@pytest.mark.real_mongodb
def test_an_operator_in_the_place_of_a_value_finds_and_removes_nothing(mongo_database: MongoDatabase) -> None:
    storage = mongo_storage(mongo_database)
    user, question = a_user(), a_question()
    storage.users.add(user)
    storage.questions.add(question)

    assert storage.users.get(AN_OPERATOR) is None
    assert storage.users.by_email_key(AN_OPERATOR) is None
    assert storage.questions.get(AN_OPERATOR, question.id) is None
    assert storage.questions.remove("ada", AN_OPERATOR) is False
    assert storage.questions.remove(AN_OPERATOR, question.id) is False
    assert storage.questions.remove_of_session(AN_OPERATOR) == 0
    assert storage.questions.get("ada", question.id) == question


def test_moments_come_back_in_the_standard_librarys_utc(mongo_database: MongoDatabase) -> None:
    storage = mongo_storage(mongo_database)
    user = a_user(created_at=NOON + timedelta(milliseconds=7))
    storage.users.add(user)

    stored = storage.users.get(user.id)
    assert stored == user
    assert stored is not None
    assert stored.created_at.tzinfo is UTC


def test_old_and_newer_documents_can_be_read(mongo_database: MongoDatabase) -> None:
    storage = mongo_storage(mongo_database)
    job = a_job()
    storage.jobs.add(job)
    mongo_database.database["jobs"].update_one(
        {"_id": job.id}, {"$unset": {"progress": ""}, "$set": {"color": "red"}}
    )

    assert storage.jobs.get(job.id) == job


@pytest.mark.real_mongodb
@pytest.mark.parametrize(
    ("index", "ask"),
    [
        ("by_email_key", lambda s: s.users.by_email_key("ada@example.org")),
        ("by_pending_emails", lambda s: s.users.with_pending_emails(10)),
        ("by_user", lambda s: s.logins.active_of("ada", NOON)),
        ("by_expiry", lambda s: s.logins.remove_expired(NOON)),
        ("by_user_and_deletion", lambda s: s.sessions.page("ada", SessionFilter(), LATER_PAGE)),
        ("by_user_and_deletion", lambda s: s.sessions.count("ada")),
        ("by_deletion", lambda s: s.sessions.deleted_before(NOON, 10)),
        ("by_user", lambda s: s.questions.page("ada", QuestionFilter(), QuestionSort.NEWEST, LATER_PAGE)),
        (
            "by_difficulty",
            lambda s: s.questions.page(
                "ada", QuestionFilter(), QuestionSort.DIFFICULTY, replace(PAGE, after=("2", an_id(5)))
            ),
        ),
        ("by_session", lambda s: s.questions.texts_of_session("session")),
        ("by_session", lambda s: s.questions.of_job("session", "job")),
        ("by_session", lambda s: s.questions.counts(["one", "two"])),
        ("by_session", lambda s: s.questions.remove_of_session("session")),
        ("by_user", lambda s: s.jobs.page("ada", JobFilter(), LATER_PAGE)),
        ("by_due_time", lambda s: s.jobs.due(NOON, 10, ["grace"])),
        ("by_status", lambda s: s.jobs.running_of("ada")),
        ("by_status", lambda s: s.jobs.queued_count("ada")),
        ("by_due_time", lambda s: s.jobs.due(NOON, 10, ["grace"], ["session"])),
        ("by_status", lambda s: s.jobs.running()),
        ("by_unsettled_time", lambda s: s.jobs.unsettled(NOON, 10)),
        ("by_age", lambda s: s.keyed_requests.remove_older(NOON)),
        ("by_user", lambda s: s.exports.page("ada", LATER_PAGE)),
        ("by_user_and_purge_time", lambda s: s.exports.stored_count("ada", NOON)),
        ("by_purge_time", lambda s: s.exports.expired(NOON, 10)),
        ("by_pending_time", lambda s: s.exports.pending_before(NOON, 10)),
        ("by_user", lambda s: s.notifications.after("ada", an_id(5))),
        ("by_unread", lambda s: s.notifications.unread_count("ada")),
        ("by_user", lambda s: s.security_events.page("ada", LATER_PAGE)),
        ("by_due_time", lambda s: s.mails.due(NOON, 10)),
        ("by_state", lambda s: s.mails.page((EmailState.FAILED,), LATER_PAGE)),
        ("by_id", lambda s: s.mails.page((), LATER_PAGE)),
    ],
)
def test_a_hot_query_uses_its_index(
    mongo_database: MongoDatabase, mongo_url: str, index: str, ask: Callable[[Storage], object]
) -> None:
    # Enough for the planner to see which of two indexes is the shorter way.
    for _ in range(30):
        mongo_storage(mongo_database).jobs.add(a_job())
    commands = Commands()
    pymongo.monitoring.register(commands)
    watched = MongoDatabase(mongo_url, name=mongo_database.database.name)
    ask(mongo_storage(watched))
    watched.close()
    (sent,) = commands.sent

    explained = mongo_database.database.command("explain", _without_envelope(sent), verbosity="queryPlanner")

    assert f"'indexName': '{index}'" in str(explained)


def test_of_a_file_only_the_chunks_that_are_wanted_are_read_one_by_one(
    mongo_database: MongoDatabase, mongo_url: str
) -> None:
    GridFsFileStore(mongo_database).put("file", BytesIO(bytes(range(8)) * 160 * 1024))
    commands = Commands()
    pymongo.monitoring.register(commands)
    watched = MongoDatabase(mongo_url, name=mongo_database.database.name)
    reading = GridFsFileStore(watched).read("file", 3 * 256 * 1024 + 5, 256 * 1024)

    def chunks_read() -> list[int]:
        return [sent["filter"]["n"] for sent in commands.sent if sent.get("find") == "files.chunks"]

    assert chunks_read() == []
    assert next(reading) == (bytes(range(8)) * 32 * 1024)[5:]
    assert chunks_read() == [3]
    assert next(reading) == bytes(range(5))
    assert chunks_read() == [3, 4]
    assert list(reading) == []
    assert chunks_read() == [3, 4]
    watched.close()


@pytest.mark.real_mongodb
def test_chunks_without_an_entry_are_removed_once_they_are_old(mongo_database: MongoDatabase) -> None:
    files, chunks = GridFsFileStore(mongo_database), mongo_database.database["files.chunks"]
    files.put("file", BytesIO(bytes(300 * 1024)))
    left = [ObjectId.from_datetime(NOON + timedelta(hours=hour)) for hour in range(3)]
    chunks.insert_many([{"files_id": each, "n": number, "data": b""} for each in left for number in range(2)])

    assert files.remove_unfinished(NOON + timedelta(hours=2), 1) == 1
    assert files.remove_unfinished(NOON + timedelta(hours=2), 1) == 1
    assert files.remove_unfinished(NOON + timedelta(hours=2), 10) == 0
    assert chunks.count_documents({"files_id": {"$in": left}}) == 2
    assert files.remove_unfinished(datetime.now(UTC) + timedelta(days=1), 10) == 1
    assert chunks.distinct("files_id") == [mongo_database.database["files.files"].find_one()["_id"]]  # type: ignore[index]
    assert b"".join(files.read("file", 0, 300 * 1024)) == bytes(300 * 1024)


def _without_envelope(command: dict[str, Any]) -> dict[str, Any]:
    """The command without what the driver adds for its own purposes."""
    return {
        name: value
        for name, value in command.items()
        if name not in ("lsid", "txnNumber", "writeConcern") and not name.startswith("$")
    }
