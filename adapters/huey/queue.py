from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import redis
from huey import Huey, MemoryHuey, PriorityRedisHuey, SqliteHuey
from huey.serializer import SignedSerializer
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.domain.errors import Unavailable
from ports.queue import Priority, Work

_QUEUE_NAME = "interview-prep"


class HueyQueue:
    """Ids on a Huey queue. The worker says by `on` what is done with those of each kind."""

    def __init__(self, huey: Huey) -> None:
        self.huey = huey
        self._run: dict[Work, Callable[[str], None]] = {}
        self._tasks = {work: huey.task(name=f"work_on_{work}")(self._runner(work)) for work in Work}

    def _runner(self, work: Work) -> Callable[[str], None]:
        def run(work_id: str) -> None:
            self._run[work](work_id)

        return run

    def on(self, work: Work, run: Callable[[str], None]) -> None:
        self._run[work] = run

    def hint(self, work: Work, work_id: str, priority: Priority) -> None:
        try:
            self.huey.enqueue(self._tasks[work].s(work_id, priority=int(priority)))
        except (redis.RedisError, sqlite3.Error) as error:
            raise Unavailable("The job queue is away.") from error

    def waiting(self) -> int:
        """How many hints are in the queue. Raises Unavailable."""
        try:
            return self.huey.pending_count()
        except (redis.RedisError, sqlite3.Error) as error:
            raise Unavailable("The job queue is away.") from error


def redis_huey(url: str, secret: str) -> Huey:
    """A queue that all workers share.

    Messages are pickled, so they are signed: whoever can write to Redis cannot run code here.
    Results are not kept (the ledger has them). The client reads blocking for a second at a time,
    so its socket may wait a little longer than that.
    """
    pool = redis.ConnectionPool.from_url(
        url, socket_timeout=5, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
    )
    return PriorityRedisHuey(_QUEUE_NAME, results=False, connection_pool=pool, serializer=_signing(secret))


def _signing(secret: str) -> SignedSerializer:
    return SignedSerializer(secret=secret, salt="interview-prep queue")


def sqlite_huey(path: Path, secret: str) -> Huey:
    """The queue of the embedded product: a file beside the database, its messages signed likewise."""
    return SqliteHuey(_QUEUE_NAME, filename=str(path), results=False, serializer=_signing(secret))


def memory_huey() -> Huey:
    """The queue of a process that keeps nothing."""
    return MemoryHuey(_QUEUE_NAME, results=False)
