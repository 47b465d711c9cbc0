"""What accounts, logins and passwords need: repositories, hashing and tokens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.identity.audit import SecurityEvent
from core.domain.identity.logins import Identity, Login
from core.domain.identity.users import User
from core.domain.paging import Page, PageRequest


class UserRepository(Protocol):
    def add(self, user: User) -> None:
        """Raises AlreadyExists also if the `email_key` is taken."""

    def get(self, user_id: str) -> User | None: ...

    def by_email_key(self, email_key: str) -> User | None: ...

    def save(self, user: User) -> User: ...

    def with_pending_emails(self, limit: int) -> Sequence[User]:
        """Users with emails that are not in the outbox yet, longest pending first."""


class LoginRepository(Protocol):
    def add(self, login: Login) -> None: ...

    def get(self, login_id: str) -> Login | None: ...

    def save(self, login: Login) -> Login: ...

    def active_of(self, user_id: str, now: datetime) -> Sequence[Login]:
        """The user's logins that have neither been ended nor expired."""

    def end(self, user_id: str, login_ids: Collection[str], now: datetime) -> int:
        """End those of the user's logins that have not been ended, in one statement; how many."""

    def active_among(self, login_ids: Collection[str], now: datetime) -> set[str]:
        """Which of these have neither been ended nor expired, in one query."""

    def remove_expired(self, before: datetime) -> int:
        """Forget logins that expired before then; how many."""


class SecurityEventRepository(Protocol):
    """Append-only."""

    def add(self, event: SecurityEvent) -> None: ...

    def page(self, user_id: str, request: PageRequest) -> Page[SecurityEvent]:
        """The user's, newest first. The key is (id,)."""


class PasswordHasher(Protocol):
    def hash(self, password: str) -> str:
        """A salted, slow hash of the whole password, however long."""

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the hash is of that password. None takes as long and is False.

        The caller passes None for an account that does not exist, so that time tells nothing.
        """

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with a lower cost than the present one."""


class CommonPasswords(Protocol):
    def contains(self, password: str) -> bool:
        """Whether it is among the 10,000 most common ones, in whatever case."""


class Tokens(Protocol):
    def access(self, login: Login, now: datetime, expires_at: datetime) -> str:
        """A signed access token for the login."""

    def read_access(self, token: str, now: datetime) -> Identity:
        """Who the token was issued for. Raises NotAuthenticated if it is not ours or has expired."""

    def refresh(self, login: Login) -> str:
        """The refresh token of the login's present generation."""

    def login_id_of(self, refresh_token: str) -> str | None:
        """Which login a refresh token claims to belong to; None if it is not of that form."""

    def generation_of(self, refresh_token: str, login: Login) -> int | None:
        """The generation that the token was issued in; None if it was not issued for the login."""


class OneTimeSecrets(Protocol):
    """Each operation is atomic, over all processes. Any raises Unavailable while the store is away:
    what it guards is closed then, never open."""

    def put(self, key: str, value: str, ttl_seconds: int) -> None:
        """Keep the value for that long, in place of any earlier one, with no tries counted."""

    def peek(self, key: str) -> str | None: ...

    def take_try(self, key: str, max_tries: int) -> str | None:
        """Count one try and give the value; after `max_tries` tries it is void and None comes back."""

    def consume(self, key: str, value: str) -> bool:
        """Forget the secret if it still has this value; whether it had. Of several callers, one gets True."""

    def remove(self, key: str) -> None: ...
