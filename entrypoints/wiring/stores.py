"""The stores, on SQLite or on MongoDB, by the URL of the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import Unavailable
from entrypoints.settings import Settings, SettingsError
from ports.identity import LoginRepository, SecurityEventRepository, UserRepository
from ports.jobs import JobRepository, KeyedRequestRepository
from ports.library import ExportRepository, FileStore, QuestionRepository, SessionRepository
from ports.live import NotificationRepository
from ports.mail import EmailRepository, SuppressionRepository
from ports.operations import Pingable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """One store of each kind, all in the same database."""

    database: Pingable
    users: UserRepository
    logins: LoginRepository
    sessions: SessionRepository
    questions: QuestionRepository
    jobs: JobRepository
    keyed_requests: KeyedRequestRepository
    exports: ExportRepository
    notifications: NotificationRepository
    security_events: SecurityEventRepository
    mails: EmailRepository
    suppressions: SuppressionRepository
    files: FileStore
    close: Callable[[], None]


def open_stores(settings: Settings) -> Stores:
    if settings.database_url.startswith("sqlite:"):
        return _on_sqlite(settings.database_url.removeprefix("sqlite:///"), settings.data_dir / "files")
    return _on_mongo(settings.database_url)


def _on_sqlite(path: str, files: Path) -> Stores:
    from adapters.files.folder import FolderFileStore
    from adapters.sqlite.accounts import SqliteLogins, SqliteUsers
    from adapters.sqlite.audit import SqliteSecurityEvents
    from adapters.sqlite.database import IN_MEMORY, SqliteDatabase
    from adapters.sqlite.exports import SqliteExports
    from adapters.sqlite.jobs import SqliteJobs, SqliteKeyedRequests
    from adapters.sqlite.mail import SqliteMails, SqliteSuppressions
    from adapters.sqlite.notifications import SqliteNotifications
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
        exports=SqliteExports(database),
        notifications=SqliteNotifications(database),
        security_events=SqliteSecurityEvents(database),
        mails=SqliteMails(database),
        suppressions=SqliteSuppressions(database),
        files=FolderFileStore(files),
        close=database.close,
    )


def _on_mongo(url: str) -> Stores:
    """Raises SettingsError."""
    from pymongo.errors import PyMongoError

    from adapters.mongo.accounts import MongoLogins, MongoUsers
    from adapters.mongo.audit import MongoSecurityEvents
    from adapters.mongo.database import MongoDatabase
    from adapters.mongo.exports import MongoExports
    from adapters.mongo.files import GridFsFileStore
    from adapters.mongo.jobs import MongoJobs, MongoKeyedRequests
    from adapters.mongo.mail import MongoMails, MongoSuppressions
    from adapters.mongo.notifications import MongoNotifications
    from adapters.mongo.questions import MongoQuestions
    from adapters.mongo.sessions import MongoSessions

    try:
        database = MongoDatabase(url)
    except PyMongoError as error:
        raise SettingsError(f"DATABASE_URL: {error}") from error
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
        exports=MongoExports(database),
        notifications=MongoNotifications(database),
        security_events=MongoSecurityEvents(database),
        mails=MongoMails(database),
        suppressions=MongoSuppressions(database),
        files=GridFsFileStore(database),
        close=database.close,
    )
