"""Passwords and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.domain.identity.accounts import Identity, Login


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


class Vault(Protocol):
    """Keeps and proves things with the installation's secret key. A `purpose` separates uses: what is
    made for one is worth nothing for another."""

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash: it tells nothing about the text to who does not have the key."""

    def sign(self, purpose: str, text: str) -> str:
        """A token that carries the text, readable, URL-safe, and cannot be made by anybody else."""

    def verified(self, purpose: str, token: str) -> str | None:
        """The text of a token that was signed for this purpose, else None."""

    def seal(self, text: str) -> str:
        """The text, encrypted."""

    def unseal(self, sealed: str) -> str | None:
        """None if it was not sealed with one of our keys."""


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
