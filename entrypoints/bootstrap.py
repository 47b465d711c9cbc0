"""The composition root: from the settings to every use case, fully wired.

Drivers are imported where they are chosen, so that an embedded start does not pay for MongoDB.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.crypto.passwords import BcryptHasher
from adapters.crypto.tokens import SignedTokens
from adapters.huey.queue import HueyQueue, memory_huey, redis_huey, sqlite_huey
from adapters.system.chance import SystemChance
from adapters.system.clock import SystemClock
from adapters.system.heartbeat import ThreadHeartbeat
from adapters.system.ids import UlidIds
from core.domain.jobs import JobKind, RetryPolicy
from core.services.accounts import Accounts
from core.services.consequences import Consequences
from core.services.generation import GenerateQuestions, Generation, RegenerateQuestion
from core.services.health import Dependency, Health
from core.services.idempotency import Idempotency
from core.services.job_events import JobEvents
from core.services.job_runner import JobRunner
from core.services.jobs import JobDesk
from core.services.login_watch import LoginWatch
from core.services.question_pool import QuestionPool
from core.services.question_writer import QuestionWriter
from core.services.questions import InterviewQuestions
from core.services.sessions import InterviewSessions
from core.services.sweeper import DueJobs, Sweeper
from entrypoints.settings import Settings
from entrypoints.stores import open_stores
from entrypoints.writers import question_generators
from ports.cache import Cache
from ports.clock import Clock
from ports.generation import QuestionGenerator
from ports.security import PasswordHasher


@dataclass(frozen=True, slots=True)
class Application:
    """The product: its use cases, and the queue that its worker listens to."""

    settings: Settings
    accounts: Accounts
    sessions: InterviewSessions
    questions: InterviewQuestions
    generation: Generation
    jobs: JobDesk
    runner: JobRunner
    sweeper: Sweeper
    health: Health
    queue: HueyQueue
    close: Callable[[], None]


def build_application(
    settings: Settings,
    *,
    generators: Sequence[QuestionGenerator] | None = None,
    clock: Clock | None = None,
    passwords: PasswordHasher | None = None,
) -> Application:
    """Tests may bring generators that do as they are told, a clock that they set, and quick passwords."""
    clock = clock or SystemClock()
    ids, chance = UlidIds(), SystemChance()
    stores = open_stores(settings)
    cache, redis_parts = _cache(settings)
    queue = _queue(settings)
    writer = QuestionWriter(
        question_generators(settings) if generators is None else generators, QuestionPool(cache)
    )
    policies = {kind: RetryPolicy(max_attempts=settings.job_max_attempts) for kind in JobKind}
    events = JobEvents()

    sessions = InterviewSessions(stores.sessions, stores.questions, clock, ids)
    questions = InterviewQuestions(stores.questions, sessions, clock, ids)
    idempotency = Idempotency(stores.keyed_requests, clock, ids)
    jobs = JobDesk(stores.jobs, queue, idempotency, events, policies, clock, ids)
    consequences = Consequences(stores.jobs, (), clock)
    runner = JobRunner(
        jobs=stores.jobs,
        handlers=(
            GenerateQuestions(stores.sessions, stores.questions, writer, clock, ids),
            RegenerateQuestion(stores.sessions, stores.questions, writer, clock),
        ),
        policies=policies,
        consequences=consequences,
        events=events,
        clock=clock,
        chance=chance,
        heartbeat=ThreadHeartbeat(),
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        lease_lifetime=settings.job_lease,
        max_running_per_user=settings.max_running_jobs_per_user,
    )
    sweeper = Sweeper(
        {
            "due jobs": DueJobs(stores.jobs, queue, clock).sweep,
            "consequences": consequences.sweep,
            "deleted sessions": sessions.sweep,
            "idempotency keys": idempotency.sweep,
            "expired logins": lambda: stores.logins.remove_expired(clock.now() - timedelta(days=1)),
        }
    )
    return Application(
        settings=settings,
        accounts=Accounts(
            users=stores.users,
            logins=stores.logins,
            passwords=passwords or BcryptHasher(settings.bcrypt_cost),
            tokens=SignedTokens(settings.secret_keys),
            login_watch=LoginWatch(stores.logins, clock),
            clock=clock,
            ids=ids,
            chance=chance,
        ),
        sessions=sessions,
        questions=questions,
        generation=Generation(sessions, questions, jobs),
        jobs=jobs,
        runner=runner,
        sweeper=sweeper,
        health=Health((Dependency("database", stores.database, True), *redis_parts), clock),
        queue=queue,
        close=stores.close,
    )


def _cache(settings: Settings) -> tuple[Cache, Sequence[Dependency]]:
    if not settings.redis_url:
        from adapters.memory.cache import MemoryCache

        return MemoryCache(), ()
    from adapters.redis.cache import RedisCache
    from adapters.redis.client import RedisHealth, connect

    client = connect(settings.redis_url)
    return RedisCache(client), (Dependency("redis", RedisHealth(client), False),)


def _queue(settings: Settings) -> HueyQueue:
    if settings.redis_url:
        return HueyQueue(redis_huey(settings.redis_url, settings.secret_keys[0]))
    if settings.is_in_memory:
        return HueyQueue(memory_huey())
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return HueyQueue(sqlite_huey(settings.data_dir / "queue.db"))
