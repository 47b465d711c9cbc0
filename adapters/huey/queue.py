from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis
from huey import Huey, MemoryHuey, PriorityRedisHuey, SqliteHuey
from huey.serializer import SignedSerializer
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.domain.errors import Unavailable
from ports.queue import Priority, Work

_NAMES = {Work.JOB: "interview-prep", Work.MAIL: "interview-prep-mail"}


class HueyQueue:
    """Ids on a Huey queue per kind of work, so that no kind waits for another.

    `make_huey` makes the queue of a name. The worker says by `on` what is done with the ids of each kind.
    """

    def __init__(self, make_huey: Callable[[str], Huey]) -> None:
        self.hueys = {work: make_huey(name) for work, name in _NAMES.items()}
        self._run: dict[Work, Callable[[str], None]] = {}
        self._tasks = {work: self._task(work, self.hueys[work]) for work in Work}
        # Processes of an earlier release, which had one queue, hint at emails there.
        self._task(Work.MAIL, self.hueys[Work.JOB])

    def _task(self, work: Work, huey: Huey) -> Any:
        def run(work_id: str) -> None:
            self._run[work](work_id)

        return huey.task(name=f"work_on_{work}")(run)

    def on(self, work: Work, run: Callable[[str], None]) -> None:
        self._run[work] = run

    def hint(self, work: Work, work_id: str, priority: Priority) -> None:
        try:
            self.hueys[work].enqueue(self._tasks[work].s(work_id, priority=int(priority)))
        except (redis.RedisError, sqlite3.Error) as error:
            raise Unavailable("The job queue is unavailable.") from error

    def waiting(self, work: Work) -> int:
        """How many hints of the kind are in the queue. Raises Unavailable."""
        try:
            return self.hueys[work].pending_count()
        except (redis.RedisError, sqlite3.Error) as error:
            raise Unavailable("The job queue is unavailable.") from error


def redis_queue(url: str, secret: str) -> HueyQueue:
    """A queue that all workers share.

    Messages are pickled, so they are signed: whoever can write to Redis cannot run code here.
    Results are not kept (the ledger has them). The client reads blocking for a second at a time,
    so its socket may wait a little longer than that.
    """
    pool = redis.ConnectionPool.from_url(
        url, socket_timeout=5, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
    )

    def make_huey(name: str) -> Huey:
        return PriorityRedisHuey(name, results=False, connection_pool=pool, serializer=_signing(secret))

    return HueyQueue(make_huey)


def _signing(secret: str) -> SignedSerializer:
    return SignedSerializer(secret=secret, salt="interview-prep queue")


def sqlite_queue(path: Path, secret: str) -> HueyQueue:
    """The queue of the embedded product: a file beside the database, its messages signed likewise."""

    def make_huey(name: str) -> Huey:
        return SqliteHuey(name, filename=str(path), results=False, serializer=_signing(secret))

    return HueyQueue(make_huey)


def memory_queue() -> HueyQueue:
    """The queue of a process that keeps nothing."""
    return HueyQueue(lambda name: MemoryHuey(name, results=False))
