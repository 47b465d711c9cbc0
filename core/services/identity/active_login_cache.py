"""Which logins are still active, asked at every request, so remembered for a moment."""

from __future__ import annotations

from datetime import timedelta

from ports.cache import ExpiringCache
from ports.identity import LoginRepository
from ports.system import Clock

MEMORY = timedelta(seconds=2)
"""How long a login that has been ended elsewhere may still pass here."""


class ActiveLoginCache:
    """Remembers active logins for MEMORY; one that is ended by this process is forgotten at once."""

    def __init__(self, logins: LoginRepository, clock: Clock, user_ids: ExpiringCache) -> None:
        """`user_ids` are those of the active logins."""
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
