"""Logins of users, and the identity that an access token proves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)


LOGIN_LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Login:
    """One login of a user: a family of refresh tokens, of which only the newest is valid.

    `generation` counts the rotations, and a token contains the generation it was issued in. `nonce` is
    random and part of every token's signature, so that the key alone is not enough to forge a token.
    """

    id: str
    user_id: str
    nonce: str
    created_at: datetime
    expires_at: datetime
    generation: int = 1
    ended_at: datetime | None = None
    version: int = 1

    def is_active(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    def rotated(self, now: datetime) -> Login:
        """The login after one refresh: the next generation with a full lifetime."""
        return replace(self, generation=self.generation + 1, expires_at=now + LOGIN_LIFETIME)

    def ended(self, now: datetime) -> Login:
        return self if self.ended_at is not None else replace(self, ended_at=now)


@dataclass(frozen=True, slots=True)
class Identity:
    """The user and login that an access token belongs to."""

    user_id: str
    login_id: str
    expires_at: datetime
