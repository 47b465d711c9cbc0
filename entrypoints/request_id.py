"""The id of a request, for the client, the logs and the audit log."""

from __future__ import annotations

import re
from contextvars import ContextVar

from ulid import ULID

_SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def begin_request(offered: str | None) -> str:
    """Set the id of the current request: the one that the client sent if it is valid, else a new one."""
    request_id = offered if offered is not None and _SANE.fullmatch(offered) else str(ULID())
    _current.set(request_id)
    return request_id


def current_request_id() -> str | None:
    return _current.get()
