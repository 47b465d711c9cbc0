"""A short-lived cache of active logins, which every request checks."""

from __future__ import annotations

from datetime import timedelta

from ports.cache import ExpiringCache
from ports.identity import LoginRepository
from ports.system import Clock

MEMORY = timedelta(seconds=2)
"""The longest time that a login ended by another process is still accepted."""


class ActiveLoginCache:
    """Caches active logins for MEMORY. A login that this process ends is removed at once."""

    def __init__(self, logins: LoginRepository, clock: Clock, user_ids: ExpiringCache) -> None:
        """`user_ids` caches the user ids of active logins, by login id."""
        self._logins = logins
        self._clock = clock
        self._user_ids = user_ids

    def is_active(self, login_id: str, user_id: str) -> bool:
        if self._user_ids.get(login_id) == user_id:
            return True
        now = self._clock.now()
        login = self._logins.get(login_id)
        if login is None or login.user_id != user_id or not login.is_active(now):
            return False
        self._user_ids.put(login_id, user_id, min(now + MEMORY, login.expires_at))
        return True

    def forget(self, login_id: str) -> None:
        self._user_ids.remove(login_id)
