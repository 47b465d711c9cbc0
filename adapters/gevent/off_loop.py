from __future__ import annotations

import gevent

from ports.identity import PasswordHasher


class OffLoopHasher:
    """Hashes in gevent's pool of real threads: bcrypt takes a tenth of a second, in which one loop would
    serve nobody else."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher

    def hash(self, password: str) -> str:
        hashed: str = gevent.get_hub().threadpool.apply(self._hasher.hash, (password,))
        return hashed

    def matches(self, password: str, password_hash: str | None) -> bool:
        pool = gevent.get_hub().threadpool
        matches: bool = pool.apply(self._hasher.matches, (password, password_hash))
        return matches

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.is_outdated(password_hash)
