"""Every adapter of the storage ports, empty, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from adapters.files.folder import FolderFileStore
from adapters.mongo.database import MongoDatabase
from adapters.mongo.engine import MongoEngine
from adapters.mongo.files import GridFsFileStore
from adapters.sqlite.database import IN_MEMORY, SqliteDatabase
from adapters.sqlite.engine import SqliteEngine
from entrypoints.wiring.stores import Stores, stores_over
from ports.library import FileStore
from tests.contract.raw import MongoDocuments, RawDocuments, SqliteDocuments
from tests.servers import is_real_mongodb, mongo_server

# The stores outlive an example; examples keep apart by taking users of their own.
settings.register_profile(
    "contract",
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


Storage = Stores


def sqlite_storage(database: SqliteDatabase) -> Storage:
    """Without files: those are stored in a folder."""
    files = FolderFileStore(Path("none"))
    return stores_over(SqliteEngine(database), files, database, database.close)


def mongo_storage(database: MongoDatabase) -> Storage:
    return stores_over(MongoEngine(database), GridFsFileStore(database), database, database.close)


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    with mongo_server() as url:
        yield url


@pytest.fixture
def mongo_database(mongo_url: str) -> Iterator[MongoDatabase]:
    database = MongoDatabase(mongo_url, name=f"contract_{uuid4().hex}")
    database.create_indexes()
    yield database
    database.client.drop_database(database.database.name)
    database.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "contract.db")
    yield database
    database.close()


@pytest.fixture
def sqlite_memory() -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(IN_MEMORY)
    yield database
    database.close()


@pytest.fixture(params=["sqlite memory", "sqlite file", "mongo"])
def storage(request: pytest.FixtureRequest) -> Storage:
    if request.param == "mongo":
        return mongo_storage(request.getfixturevalue("mongo_database"))
    fixture = "sqlite_memory" if request.param == "sqlite memory" else "sqlite_database"
    return sqlite_storage(request.getfixturevalue(fixture))


@pytest.fixture
def raw(request: pytest.FixtureRequest, storage: Storage) -> RawDocuments:
    """The documents of `storage`."""
    stored_in = request.node.callspec.params["storage"]
    if stored_in == "mongo":
        return MongoDocuments(request.getfixturevalue("mongo_database"))
    fixture = "sqlite_memory" if stored_in == "sqlite memory" else "sqlite_database"
    return SqliteDocuments(request.getfixturevalue(fixture))


@pytest.fixture(params=["folder", "gridfs"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "gridfs":
        return GridFsFileStore(request.getfixturevalue("mongo_database"))
    return FolderFileStore(tmp_path / "files")


@pytest.fixture(autouse=True)
def _skip_without_real_mongodb(request: pytest.FixtureRequest) -> None:
    """A test may be marked as a whole, or be marked for the times when its storage is MongoDB."""
    if request.node.get_closest_marker("real_mongodb") is None:
        return
    if "storage" in request.fixturenames and request.node.callspec.params["storage"] != "mongo":
        return
    if "files" in request.fixturenames and request.node.callspec.params["files"] != "gridfs":
        return
    if not is_real_mongodb(request.getfixturevalue("mongo_url")):
        pytest.skip("this server speaks MongoDB's protocol, but is not MongoDB")
