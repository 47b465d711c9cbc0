"""Users, their logins, and the rules of emails and passwords."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.errors import Invalid
from core.domain.mail.emails import MailKind

MIN_PASSWORD_LENGTH = 6
MAX_PASSWORD_LENGTH = 1024
REMEMBERED_PASSWORDS = 5
MAX_NAME_LENGTH = 200
MAX_EMAIL_LENGTH = 254

ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)
LOGIN_LIFETIME = timedelta(days=30)

_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@[^@\s.\"(),:;<>\[\\\]]+(\.[^@\s.\"(),:;<>\[\\\]]+)*")


def checked_email(email: str) -> str:
    """The address, trimmed and in Unicode's composed form (NFC).

    Raises Invalid if it is not of the form `local@domain` (the subset of RFC 5321 that people use:
    no quoting, no comments) or is longer than 254 characters.
    """
    trimmed = unicodedata.normalize("NFC", email.strip())
    local, _, domain = trimmed.rpartition("@")
    well_formed = (
        len(trimmed) <= MAX_EMAIL_LENGTH
        and len(local) <= 64
        and _EMAIL.fullmatch(trimmed) is not None
        and all(character.isprintable() for character in trimmed)
        and ".." not in local
        and not local.startswith(".")
        and not local.endswith(".")
        and bool(domain)
    )
    if not well_formed:
        raise Invalid("The email address is not valid.", errors={"email": ["Not a valid email address."]})
    return trimmed


def email_key(email: str) -> str:
    """What two spellings of one address have in common: they are compared without case."""
    return unicodedata.normalize("NFC", email.strip().casefold())


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. `email_key` is unique among users.

    `password_generation` counts the passwords; hashing the same one anew does not count.
    `previous_password_hashes` holds the last passwords before the present one, newest first;
    `muted_mail` the kinds of mail that the user has turned off.
    """

    id: str
    email: str
    email_key: str
    full_name: str
    password_hash: str
    created_at: datetime
    updated_at: datetime
    password_generation: int = 1
    previous_password_hashes: tuple[str, ...] = ()
    muted_mail: tuple[MailKind, ...] = ()
    version: int = 1

    def renamed(self, full_name: str, now: datetime) -> User:
        return replace(self, full_name=full_name, updated_at=now)

    def with_password_hash(self, password_hash: str, now: datetime) -> User:
        """The same password, hashed anew."""
        return replace(self, password_hash=password_hash, updated_at=now)

    def with_new_password(self, password_hash: str, now: datetime) -> User:
        """Another password; the one before it joins the remembered ones."""
        remembered = (self.password_hash, *self.previous_password_hashes)[:REMEMBERED_PASSWORDS]
        return replace(
            self,
            password_hash=password_hash,
            password_generation=self.password_generation + 1,
            previous_password_hashes=remembered,
            updated_at=now,
        )


@dataclass(frozen=True, slots=True)
class Login:
    """One login of a user: a family of refresh tokens, of which only the newest is valid.

    `generation` counts the rotations; a token names the generation it was issued in. `nonce` is
    random and goes into every token's signature, so that a token cannot be made from the key alone.
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
        """The login after one refresh: the next generation, with a full lifetime ahead."""
        return replace(self, generation=self.generation + 1, expires_at=now + LOGIN_LIFETIME)

    def ended(self, now: datetime) -> Login:
        return self if self.ended_at is not None else replace(self, ended_at=now)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request comes from: the user, and the login that the access token belongs to."""

    user_id: str
    login_id: str
    expires_at: datetime
