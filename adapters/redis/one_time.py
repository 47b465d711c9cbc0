from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import redis

from core.domain.errors import Unavailable

_PREFIX = "interview-prep:secret:"

_PUT = """
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'value', ARGV[1], 'tries', 0)
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""

_TAKE_TRY = """
local value = redis.call('HGET', KEYS[1], 'value')
if not value then
    return false
end
if redis.call('HINCRBY', KEYS[1], 'tries', 1) > tonumber(ARGV[1]) then
    redis.call('DEL', KEYS[1])
    return false
end
return value
"""

_CONSUME = """
if redis.call('HGET', KEYS[1], 'value') == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


class RedisOneTimeSecrets:
    """One-time secrets that all processes share. Redis removes them when they expire.

    A command whose answer is lost may run twice. That is always on the safe side: one try too many is
    counted, or a secret is consumed without a user.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._put = client.register_script(_PUT)
        self._take_try = client.register_script(_TAKE_TRY)
        self._consume = client.register_script(_CONSUME)

    def put(self, key: str, value: str, ttl_seconds: int) -> None:
        with _unavailable_without_redis():
            self._put(keys=[_name(key)], args=[_bytes(value), ttl_seconds])

    def peek(self, key: str) -> str | None:
        with _unavailable_without_redis():
            return _text(self._client.hget(_name(key), "value"))

    def take_try(self, key: str, max_tries: int) -> str | None:
        with _unavailable_without_redis():
            return _text(self._take_try(keys=[_name(key)], args=[max_tries]))

    def consume(self, key: str, value: str) -> bool:
        with _unavailable_without_redis():
            return bool(self._consume(keys=[_name(key)], args=[_bytes(value)]))

    def remove(self, key: str) -> None:
        with _unavailable_without_redis():
            self._client.delete(_name(key))


@contextmanager
def _unavailable_without_redis() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise Unavailable("This is not possible for the moment.") from error


def _name(key: str) -> str:
    """The hashed key: safe for any length and script, and it does not reveal an email address."""
    return _PREFIX + sha256(_bytes(key)).hexdigest()


def _bytes(text: str) -> bytes:
    # Client input may contain half of a surrogate pair, which strict UTF-8 cannot encode.
    return text.encode("utf-8", "surrogatepass")


def _text(value: object) -> str | None:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else None
