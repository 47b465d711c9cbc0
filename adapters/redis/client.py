from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.domain.errors import Unavailable


def connect(url: str, *, timeout_seconds: float = 1.0) -> redis.Redis:
    """A client that connects at its first command, with short timeouts.

    A broken connection is replaced once. A command that times out is not repeated.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )


class RedisHealth:
    """A health check of Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def ping(self) -> None:
        """Raises Unavailable if Redis does not answer."""
        try:
            self._client.ping()
        except redis.RedisError as error:
            raise Unavailable("Redis is unavailable.") from error
