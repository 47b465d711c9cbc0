"""Temporary state that processes share: in Redis, or in this process if it is the only one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.memory.rate_limiter import MemoryRateLimiter
from core.services.operations.health import Dependency
from entrypoints.settings import Settings
from ports.cache import Cache
from ports.identity import OneTimeSecrets
from ports.live import EventChannel
from ports.rate_limits import RateLimiter


@dataclass(frozen=True, slots=True)
class SharedState:
    cache: Cache
    limiter: RateLimiter
    secrets: OneTimeSecrets
    channel: EventChannel
    dependencies: Sequence[Dependency]


def shared_state(settings: Settings) -> SharedState:
    return _in_redis(settings.redis_url) if settings.redis_url else _in_this_process()


def _in_this_process() -> SharedState:
    from adapters.memory.cache import MemoryCache
    from adapters.memory.channel import MemoryEventChannel
    from adapters.memory.one_time import MemoryOneTimeSecrets

    return SharedState(
        MemoryCache(), MemoryRateLimiter(), MemoryOneTimeSecrets(), MemoryEventChannel(), dependencies=()
    )


def _in_redis(url: str) -> SharedState:
    from adapters.redis.cache import RedisCache
    from adapters.redis.channel import RedisEventChannel
    from adapters.redis.client import RedisHealth, connect
    from adapters.redis.one_time import RedisOneTimeSecrets
    from adapters.redis.rate_limiter import RedisRateLimiter

    client = connect(url)
    return SharedState(
        RedisCache(client),
        RedisRateLimiter(client, MemoryRateLimiter()),
        RedisOneTimeSecrets(client),
        RedisEventChannel(url),
        dependencies=(Dependency("redis", RedisHealth(client), is_required=False),),
    )
