from __future__ import annotations

import logging

import redis

log = logging.getLogger(__name__)

_PREFIX = "interview-prep:cache:"


class RedisCache:
    """The cache that all processes share. While Redis is unavailable, it behaves like an empty one."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def get(self, key: str) -> bytes | None:
        try:
            value = self._client.get(_PREFIX + key)
        except redis.RedisError as error:
            log.warning("the cache cannot be read: %s", error)
            return None
        return value if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes, ttl_seconds: int) -> None:
        try:
            self._client.set(_PREFIX + key, value, ex=ttl_seconds)
        except redis.RedisError as error:
            log.warning("the cache cannot be written: %s", error)
