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
    """The secrets that all processes share; Redis forgets them when their time is over.

    A command whose answer got lost may be done twice. That only ever closes: one try too many is
    counted, or a secret is consumed for nobody.
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
    """Hashed: of any length, in any script, and nobody reads an email address in a list of keys."""
    return _PREFIX + sha256(_bytes(key)).hexdigest()


def _bytes(text: str) -> bytes:
    # What a client sends may hold half of a surrogate pair, which UTF-8 proper cannot carry.
    return text.encode("utf-8", "surrogatepass")


def _text(value: object) -> str | None:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else None
