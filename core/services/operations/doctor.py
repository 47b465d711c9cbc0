"""A check of the stored data, which changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.identity.users import StoredAddress
from core.domain.mail.addresses import email_key
from ports.identity import UserRepository

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`shared_mailboxes` are the ids of accounts whose addresses are one mailbox. `unreadable` counts
    accounts that were skipped."""

    accounts: int
    unreadable: int
    shared_mailboxes: tuple[tuple[str, ...], ...]


class Doctor:
    def __init__(self, users: UserRepository, batch: int = _BATCH) -> None:
        self._users = users
        self._batch = batch

    def examine(self) -> Diagnosis:
        """Read all accounts twice, in batches.

        Stored keys are unique. Of accounts with one mailbox, at most one is therefore stored under the
        current key. Only the keys of the others, which are few, are held in memory.
        """
        accounts = unreadable = 0
        moved: set[str] = set()
        for address in self._addresses():
            accounts += 1
            if address.email is None:
                unreadable += 1
            elif email_key(address.email) != address.email_key:
                moved.add(email_key(address.email))
        return Diagnosis(accounts, unreadable, self._sharing(moved) if moved else ())

    def _sharing(self, keys: set[str]) -> tuple[tuple[str, ...], ...]:
        ids: dict[str, list[str]] = {}
        for address in self._addresses():
            key = None if address.email is None else email_key(address.email)
            if key in keys:
                ids.setdefault(key, []).append(address.user_id)
        return tuple(tuple(each) for each in ids.values() if len(each) > 1)

    def _addresses(self) -> Iterator[StoredAddress]:
        after: str | None = None
        while batch := self._users.addresses(after, self._batch):
            yield from batch
            after = batch[-1].user_id
