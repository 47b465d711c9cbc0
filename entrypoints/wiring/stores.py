"""The repositories and the file store, on SQLite or MongoDB, by the URL of the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adapters.records.engine import RecordEngine
from adapters.records.identity import LoginRecords, SecurityEventRecords, UserRecords
from adapters.records.jobs import ChoreRecords, JobRecords, KeyedRequestRecords
from adapters.records.library import ExportRecords, QuestionRecords, SessionRecords
from adapters.records.live import NotificationRecords
from adapters.records.mail import EmailRecords, SuppressionRecords
from core.domain.errors import Unavailable
from entrypoints.settings import Settings, SettingsError
from ports.identity import LoginRepository, SecurityEventRepository, UserRepository
from ports.jobs import ChoreRepository, JobRepository, KeyedRequestRepository
from ports.library import ExportRepository, FileStore, QuestionRepository, SessionRepository
from ports.live import NotificationRepository
from ports.mail import EmailRepository, SuppressionRepository
from ports.operations import Pingable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """The repositories, all in one database, and the file store.

    `prepare` creates missing indexes. A process that serves requests or runs jobs calls it at start.
    """

    database: Pingable
    users: UserRepository
    logins: LoginRepository
    sessions: SessionRepository
    questions: QuestionRepository
    jobs: JobRepository
    keyed_requests: KeyedRequestRepository
    chores: ChoreRepository
    exports: ExportRepository
    notifications: NotificationRepository
    security_events: SecurityEventRepository
    mails: EmailRepository
    suppressions: SuppressionRepository
    files: FileStore
    prepare: Callable[[], None]
    close: Callable[[], None]


def open_stores(settings: Settings) -> Stores:
    if settings.database_url.startswith("sqlite:"):
        return _on_sqlite(settings.database_url.removeprefix("sqlite:///"), settings.data_dir / "files")
    return _on_mongo(settings.database_url)


def stores_over(
    engine: RecordEngine,
    files: FileStore,
    database: Pingable,
    close: Callable[[], None],
    prepare: Callable[[], None] = lambda: None,
) -> Stores:
    return Stores(
        database=database,
        users=UserRecords(engine),
        logins=LoginRecords(engine),
        sessions=SessionRecords(engine),
        questions=QuestionRecords(engine),
        jobs=JobRecords(engine),
        keyed_requests=KeyedRequestRecords(engine),
        chores=ChoreRecords(engine),
        exports=ExportRecords(engine),
        notifications=NotificationRecords(engine),
        security_events=SecurityEventRecords(engine),
        mails=EmailRecords(engine),
        suppressions=SuppressionRecords(engine),
        files=files,
        prepare=prepare,
        close=close,
    )


def _on_sqlite(path: str, files: Path) -> Stores:
    from adapters.files.folder import FolderFileStore
    from adapters.sqlite.database import IN_MEMORY, SqliteDatabase
    from adapters.sqlite.engine import SqliteEngine

    if path != IN_MEMORY:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    database = SqliteDatabase(path)
    return stores_over(SqliteEngine(database), FolderFileStore(files), database, database.close)


def _on_mongo(url: str) -> Stores:
    """Raises SettingsError."""
    from pymongo.errors import PyMongoError

    from adapters.mongo.database import MongoDatabase
    from adapters.mongo.engine import MongoEngine
    from adapters.mongo.files import GridFsFileStore

    try:
        database = MongoDatabase(url)
    except PyMongoError as error:
        raise SettingsError(f"DATABASE_URL: {error}") from error

    def prepare() -> None:
        try:
            database.create_indexes()
        except Unavailable:
            log.warning("the indexes are not checked: MongoDB is unavailable. Run `interview-prep indexes`")

    return stores_over(MongoEngine(database), GridFsFileStore(database), database, database.close, prepare)
