"""Idempotency keys: the same request, sent twice, starts its work once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

IDEMPOTENCY_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The client's name for one request, and a fingerprint of all that the request asks for."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """Which job an idempotency key stands for. Its id is made of the user's id and the key."""

    id: str
    fingerprint: str
    job_id: str
    created_at: datetime
    version: int = 1

    @staticmethod
    def id_for(user_id: str, key: str) -> str:
        return f"{user_id}:{key}"

    def has_expired(self, now: datetime) -> bool:
        return now >= self.created_at + IDEMPOTENCY_LIFETIME
