from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pymongo
import pytest

from tests.fake_llm import FakeLlm
from tests.integration.processes.installation import Installation
from tests.integration.processes.programs import RedisOfOurOwn
from tests.servers import mongo_server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the processes have said."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Installation):
                report.sections += value.logs()
    return report


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    with mongo_server() as url:
        yield url


@pytest.fixture
def database_url(mongo_url: str) -> Iterator[str]:
    """Of a database for one test."""
    parts = urlsplit(mongo_url)
    name = f"processes_{uuid4().hex}"
    query = parts.query or ("authSource=admin" if parts.username else "")
    yield urlunsplit(parts._replace(path=f"/{name}", query=query))
    with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
        client.drop_database(name)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisOfOurOwn]:
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisOfOurOwn(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Installation]:
    """The product as one process, with everything at its default."""
    installation = Installation(tmp_path)
    yield installation
    installation.close()


@pytest.fixture
def separate(tmp_path: Path, database_url: str, own_redis: RedisOfOurOwn) -> Iterator[Installation]:
    """The product on MongoDB and Redis; nothing of it runs yet."""
    installation = Installation(tmp_path, DATABASE_URL=database_url, REDIS_URL=own_redis.url)
    yield installation
    installation.close()


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with FakeLlm() as server:
        yield server


@pytest.fixture
def groq(llm: FakeLlm) -> dict[str, str]:
    """The settings with which the local stand-in for Groq writes the questions."""
    return {"GROQ_API_KEY": "key", "GROQ_BASE_URL": llm.url}
