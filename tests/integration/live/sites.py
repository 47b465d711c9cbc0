"""The product, running: as one process, or as several that share a Redis and a MongoDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
import pymongo

from adapters.system.clock import SystemClock
from entrypoints.http.live.engine import LOGIN_SECONDS
from entrypoints.http.servers.serving import served_app
from entrypoints.http.servers.threaded import ThreadedServer
from entrypoints.worker.consumer import Worker
from ports.generation import QuestionGenerator
from tests.building import application_in_memory
from tests.fakes import ScriptedGenerator
from tests.integration.processes.installation import Installation
from tests.integration.processes.programs import RedisOfOurOwn
from tests.integration.processes.waiting import until
from tests.servers import free_port, mongo_server


@dataclass(frozen=True, slots=True)
class Site:
    """Two addresses of the same product: of two processes, or twice of the one."""

    url: str
    other_url: str


@dataclass(frozen=True, slots=True)
class SeparateSite(Site):
    redis: RedisOfOurOwn
    installation: Installation


@contextmanager
def embedded_site(
    folder: Path,
    login_seconds: float = LOGIN_SECONDS,
    generators: Sequence[QuestionGenerator] | None = None,
    **changes: Any,
) -> Iterator[Site]:
    """API and worker in this process, with threads."""
    application = application_in_memory(folder, SystemClock(), generators or [ScriptedGenerator()], **changes)
    app, sockets = served_app(application, "threading", login_seconds=login_seconds)
    server = ThreadedServer(app, "127.0.0.1", 0)
    worker = Worker(application)
    server.start()
    worker.start()
    url = f"http://127.0.0.1:{server.port}"
    try:
        yield Site(url, url)
    finally:
        sockets.stop()
        server.stop()
        worker.stop(application.settings.shutdown_grace)
        application.close()


@contextmanager
def separate_site(folder: Path, llm_url: str) -> Iterator[SeparateSite]:
    """Two API processes, of which the second takes its time for passwords, and a worker."""
    redis_folder = folder / "redis"
    redis_folder.mkdir()
    redis = RedisOfOurOwn(redis_folder)
    with mongo_server() as mongo_url, _database(mongo_url) as database_url:
        redis.start()
        installation = Installation(
            folder,
            DATABASE_URL=database_url,
            REDIS_URL=redis.url,
            GROQ_API_KEY="key",
            GROQ_BASE_URL=llm_url,
            RATE_LIMIT_CONNECT="1000000 per minute",
        )
        try:
            worker = installation.start("worker")
            port = free_port()
            installation.start("api", "--workers", "1", PORT=str(port))
            installation.serve("api", "--workers", "1", BCRYPT_COST="12")
            url = f"http://127.0.0.1:{port}"
            until(lambda: is_live(url), "answer of the first API process")
            worker.saying("waiting for jobs")
            yield SeparateSite(url, installation.url, redis, installation)
            # Whatever clients have done: none of it was a surprise.
            broken = [
                each for each in installation.programs if " api " in each.name and "Traceback" in each.log
            ]
            assert not broken, broken[0].log[broken[0].log.index("Traceback") - 500 :][:3000]
        finally:
            installation.close()
            redis.stop()


@contextmanager
def _database(mongo_url: str) -> Iterator[str]:
    """The URL of a database that nobody else has, and that is gone afterwards."""
    parts = urlsplit(mongo_url)
    name = f"live_{uuid4().hex}"
    query = parts.query or ("authSource=admin" if parts.username else "")
    try:
        yield urlunsplit(parts._replace(path=f"/{name}", query=query))
    finally:
        with pymongo.MongoClient[dict[str, object]](mongo_url) as client:
            client.drop_database(name)


def is_live(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=2).is_success
    except httpx.TransportError:
        return False
