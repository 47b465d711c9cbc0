"""Repositories, hashing and tokens for accounts, logins and passwords."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.identity.audit import SecurityEvent
from core.domain.identity.logins import Identity, Login
from core.domain.identity.users import StoredAddress, User
from core.domain.paging import Page, PageRequest


class UserRepository(Protocol):
    def add(self, user: User) -> None:
        """Raises AlreadyExists also if the `email_key` is taken."""

    def get(self, user_id: str) -> User | None: ...

    def by_email_key(self, email_key: str) -> User | None: ...

    def addresses(self, after_id: str | None, limit: int) -> Sequence[StoredAddress]:
        """The addresses of the users with the next greater ids, by id."""

    def save(self, user: User) -> User: ...

    def with_pending_emails(self, limit: int) -> Sequence[User]:
        """Users with emails that are not in the outbox yet, longest pending first."""


class LoginRepository(Protocol):
    def add(self, login: Login) -> None: ...

    def get(self, login_id: str) -> Login | None: ...

    def save(self, login: Login) -> Login: ...

    def active_of(self, user_id: str, now: datetime) -> Sequence[Login]:
        """The user's logins that have neither ended nor expired."""

    def end(self, user_id: str, login_ids: Collection[str], now: datetime) -> int:
        """End those of the user's logins that have not been ended, in one statement; how many."""

    def active_among(self, login_ids: Collection[str], now: datetime) -> set[str]:
        """The ids among these of logins that have neither ended nor expired, in one query."""

    def remove_expired(self, before: datetime) -> int:
        """Remove logins that expired before then; return how many."""


class SecurityEventRepository(Protocol):
    """Append-only."""

    def add(self, event: SecurityEvent) -> None: ...

    def page(self, user_id: str, request: PageRequest) -> Page[SecurityEvent]:
        """The user's events, newest first. The key is (id,)."""


class PasswordHasher(Protocol):
    def hash(self, password: str) -> str:
        """A salted, slow hash of the whole password, of any length."""

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the hash is of that password. For a hash of None it takes as long and returns False.

        The caller passes None for an account that does not exist, so that timing reveals nothing.
        """

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was created with a lower cost than the current one."""


class CommonPasswords(Protocol):
    def contains(self, password: str) -> bool:
        """Whether the password is among the 10,000 most common ones, ignoring case."""


class Tokens(Protocol):
    def access(self, login: Login, now: datetime, expires_at: datetime) -> str:
        """A signed access token for the login."""

    def read_access(self, token: str, now: datetime) -> Identity:
        """The identity in the token. Raises NotAuthenticated if it is not valid or has expired."""

    def refresh(self, login: Login) -> str:
        """The refresh token of the login's current generation."""

    def login_id_of(self, refresh_token: str) -> str | None:
        """The login id in a refresh token, which is not verified; None if the token is malformed."""

    def generation_of(self, refresh_token: str, login: Login) -> int | None:
        """The generation that the token was issued in, or None if it was not issued for the login."""


class OneTimeSecrets(Protocol):
    """Each operation is atomic over all processes. Any of them raises Unavailable while the store is
    unavailable, so that the guarded action is refused then."""

    def put(self, key: str, value: str, ttl_seconds: int) -> None:
        """Store the value for that time. It replaces an earlier one and resets the tries."""

    def peek(self, key: str) -> str | None: ...

    def take_try(self, key: str, max_tries: int) -> str | None:
        """Count one try and return the value. After `max_tries` tries it is void and None is returned."""

    def consume(self, key: str, value: str) -> bool:
        """Remove the secret if it still has this value; return whether it had. Only one caller gets True."""

    def remove(self, key: str) -> None: ...
