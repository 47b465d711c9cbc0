from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.domain.errors import Unavailable


def connect(url: str, *, timeout_seconds: float = 1.0) -> redis.Redis:
    """A client that connects at its first command and gives up soon: Redis is never worth a long wait.

    A connection that turns out to be dead is replaced once; a server that is silent is not asked again.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )


class RedisHealth:
    """Whether Redis answers."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def ping(self) -> None:
        """Raises Unavailable if it does not."""
        try:
            self._client.ping()
        except redis.RedisError as error:
            raise Unavailable("Redis is away.") from error
