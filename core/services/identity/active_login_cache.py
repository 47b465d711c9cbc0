"""Which logins are still active, asked at every request, so remembered for a moment."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from core.domain.identity.logins import Login
from ports.identity import LoginRepository
from ports.system import Clock

MEMORY = timedelta(seconds=2)
"""How long a login that has been ended elsewhere may still pass here."""

_MAX_REMEMBERED = 10_000


class ActiveLoginCache:
    """Remembers active logins for MEMORY; one that is ended by this process is forgotten at once."""

    def __init__(self, logins: LoginRepository, clock: Clock) -> None:
        self._logins = logins
        self._clock = clock
        self._active_until: OrderedDict[str, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def is_active(self, login_id: str, user_id: str) -> bool:
        now = self._clock.now()
        with self._lock:
            until = self._active_until.get(login_id)
        if until is not None and now < until:
            return True
        login = self._logins.get(login_id)
        if login is None or login.user_id != user_id or not login.is_active(now):
            return False
        self._remember(login, now)
        return True

    def _remember(self, login: Login, now: datetime) -> None:
        with self._lock:
            self._active_until[login.id] = min(now + MEMORY, login.expires_at)
            self._active_until.move_to_end(login.id)
            while len(self._active_until) > _MAX_REMEMBERED:
                self._active_until.popitem(last=False)

    def forget(self, login_id: str) -> None:
        with self._lock:
            self._active_until.pop(login_id, None)
