"""Users and their passwords."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from core.domain.json import JsonObject
from core.domain.mail.emails import EmailKind
from core.domain.mail.messages import MESSAGE_TYPES, EmailMessage
from core.domain.mail.recipients import Recipient

MIN_PASSWORD_LENGTH = 6
MAX_PASSWORD_LENGTH = 1024
REMEMBERED_PASSWORDS = 5
MAX_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class PendingEmail:
    """An email that follows from a change of the user, and is not in the outbox yet. One per `cause`."""

    kind: EmailKind
    content: JsonObject
    cause: str
    caused_at: datetime

    @classmethod
    def of(cls, message: EmailMessage, cause: str, caused_at: datetime) -> Self:
        """For messages without secrets: what is pending is stored in clear."""
        return cls(message.kind, message.public_json(), cause, caused_at)

    @property
    def message(self) -> EmailMessage:
        """Raises KeyError, TypeError or ValueError if the content is not that of its kind."""
        return MESSAGE_TYPES[self.kind].from_json(self.content)


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. `email_key` is unique among users.

    `password_generation` counts the passwords; rehashing the same password does not count.
    `previous_password_hashes` holds the passwords before the current one, newest first.
    `muted_mail` holds the kinds of email that the user has turned off.
    `email_verified_at` is when the user proved to read the emails to the address, or None.
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
    muted_mail: tuple[EmailKind, ...] = ()
    pending_emails: tuple[PendingEmail, ...] = ()
    email_verified_at: datetime | None = None
    version: int = 1

    @property
    def recipient(self) -> Recipient:
        """The user as the recipient of emails."""
        return Recipient(self.id, self.full_name, self.email, self.muted_mail)

    @property
    def emails_pending_since(self) -> datetime | None:
        """None if nothing is left to post."""
        return min((email.caused_at for email in self.pending_emails), default=None)

    @property
    def has_verified_email(self) -> bool:
        return self.email_verified_at is not None

    def with_verified_email(self, now: datetime) -> User:
        """The user itself if the address is verified already."""
        return self if self.has_verified_email else replace(self, email_verified_at=now, updated_at=now)

    def with_pending(self, email: PendingEmail) -> User:
        return replace(self, pending_emails=(*self.pending_emails, email))

    def without_pending(self, posted: Collection[PendingEmail]) -> User:
        """The user itself if none of them is pending."""
        causes = {email.cause for email in posted}
        left = tuple(email for email in self.pending_emails if email.cause not in causes)
        return self if len(left) == len(self.pending_emails) else replace(self, pending_emails=left)

    def renamed(self, full_name: str, now: datetime) -> User:
        return replace(self, full_name=full_name, updated_at=now)

    def with_password_hash(self, password_hash: str, now: datetime) -> User:
        """The user with a new hash of the same password."""
        return replace(self, password_hash=password_hash, updated_at=now)

    def with_new_password(self, password_hash: str, now: datetime) -> User:
        """The user with another password. The current one is added to the previous ones."""
        remembered = (self.password_hash, *self.previous_password_hashes)[:REMEMBERED_PASSWORDS]
        return replace(
            self,
            password_hash=password_hash,
            password_generation=self.password_generation + 1,
            previous_password_hashes=remembered,
            updated_at=now,
        )


@dataclass(frozen=True, slots=True)
class StoredAddress:
    """A user's address with its stored key. Both are None if the record cannot be read."""

    user_id: str
    email: str | None
    email_key: str | None
