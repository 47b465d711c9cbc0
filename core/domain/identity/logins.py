"""Logins of users, and the identity that an access token proves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)


LOGIN_LIFETIME = timedelta(days=30)


MAX_ACTIVE_LOGINS = 50
"""Of one user. The oldest ends when another is opened."""
MAX_DEVICE_LENGTH = 300
REPEATABLE_FOR = timedelta(seconds=10)
"""How long after a refresh its token is still accepted: an answer was lost, or two tabs refreshed at once."""


class RefreshTokenReused(Exception):
    """An old refresh token came again: a thief or the owner has another one."""


@dataclass(frozen=True, slots=True)
class Login:
    """One login of a user: a family of refresh tokens, of which only the newest is valid.

    `generation` counts the rotations; a token names the generation it was issued in. `nonce` is random and
    goes into every token's signature, so that a token cannot be made from the key alone. `device` is what
    the client says of itself (its User-Agent), as far as it was given.
    """

    id: str
    user_id: str
    nonce: str
    created_at: datetime
    expires_at: datetime
    generation: int = 1
    device: str = ""
    address: str = ""
    rotated_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    def is_active(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    @property
    def last_used_at(self) -> datetime:
        """When it was opened or last refreshed."""
        return self.rotated_at or self.created_at

    def refreshed(self, generation: int, now: datetime) -> Login:
        """The login after a token of that generation was presented: rotated, with a full lifetime ahead.

        The token before the current one changes nothing for REPEATABLE_FOR. Raises RefreshTokenReused for
        any other.
        """
        if generation == self.generation:
            return replace(
                self, generation=self.generation + 1, expires_at=now + LOGIN_LIFETIME, rotated_at=now
            )
        is_repeated = generation == self.generation - 1 and self.rotated_at is not None
        if is_repeated and now < self.last_used_at + REPEATABLE_FOR:
            return self
        raise RefreshTokenReused

    def ended(self, now: datetime) -> Login:
        return self if self.ended_at is not None else replace(self, ended_at=now)


@dataclass(frozen=True, slots=True)
class Identity:
    """The user and login that an access token belongs to."""

    user_id: str
    login_id: str
    expires_at: datetime
