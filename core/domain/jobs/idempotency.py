"""Idempotency keys: the same request, sent twice, creates or starts something once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

IDEMPOTENCY_LIFETIME = timedelta(hours=24)


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The client's name for one request, and a fingerprint of all that the request asks for.

    `on_replay` is called when an earlier request with the key has done the work.
    """

    key: str
    fingerprint: str
    on_replay: Callable[[], None] = field(default=_nothing, compare=False)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """The first request with a key. Its id consists of the user's id and the key.

    The id of what it creates is derived from both and `created_at`. Earlier releases stored it as `job_id`.
    """

    id: str
    fingerprint: str
    created_at: datetime
    job_id: str | None = None
    version: int = 1

    @staticmethod
    def id_for(user_id: str, key: str) -> str:
        return f"{user_id}:{key}"

    def has_expired(self, now: datetime) -> bool:
        return now >= self.created_at + IDEMPOTENCY_LIFETIME
