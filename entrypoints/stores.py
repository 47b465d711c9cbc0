"""The stores, on SQLite or on MongoDB, by the URL of the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import Unavailable
from entrypoints.settings import Settings
from ports import repositories as ports
from ports.health import Pingable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """One store of each kind, all in the same database."""

    database: Pingable
    users: ports.Users
    logins: ports.Logins
    sessions: ports.Sessions
    questions: ports.Questions
    jobs: ports.Jobs
    keyed_requests: ports.KeyedRequests
    close: Callable[[], None]


def open_stores(settings: Settings) -> Stores:
    if settings.database_url.startswith("sqlite:"):
        return _on_sqlite(settings.database_url.removeprefix("sqlite:///"))
    return _on_mongo(settings.database_url)


def _on_sqlite(path: str) -> Stores:
    from adapters.sqlite.accounts import SqliteLogins, SqliteUsers
    from adapters.sqlite.database import IN_MEMORY, SqliteDatabase
    from adapters.sqlite.jobs import SqliteJobs, SqliteKeyedRequests
    from adapters.sqlite.questions import SqliteQuestions
    from adapters.sqlite.sessions import SqliteSessions

    if path != IN_MEMORY:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    database = SqliteDatabase(path)
    return Stores(
        database=database,
        users=SqliteUsers(database),
        logins=SqliteLogins(database),
        sessions=SqliteSessions(database),
        questions=SqliteQuestions(database),
        jobs=SqliteJobs(database),
        keyed_requests=SqliteKeyedRequests(database),
        close=database.close,
    )


def _on_mongo(url: str) -> Stores:
    from adapters.mongo.accounts import MongoLogins, MongoUsers
    from adapters.mongo.database import MongoDatabase
    from adapters.mongo.jobs import MongoJobs, MongoKeyedRequests
    from adapters.mongo.questions import MongoQuestions
    from adapters.mongo.sessions import MongoSessions

    database = MongoDatabase(url)
    try:
        database.create_indexes()
    except Unavailable:
        log.warning("the indexes are not checked: MongoDB is away. Run `interview-prep indexes` later")
    return Stores(
        database=database,
        users=MongoUsers(database),
        logins=MongoLogins(database),
        sessions=MongoSessions(database),
        questions=MongoQuestions(database),
        jobs=MongoJobs(database),
        keyed_requests=MongoKeyedRequests(database),
        close=database.close,
    )
