"""Optimistic locking: changing a record that others may change at the same time.

Read the record, change it, and save it over the version that was read. After a conflict, repeat this with
the new record. There are no locks and no lost updates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from core.domain.errors import PreconditionFailed, Unavailable, VersionConflict

_ATTEMPTS = 50


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Versioned)


def save_with_retry(
    load: Callable[[], T],
    transform: Callable[[T], T],
    save: Callable[[T], T],
    *,
    expected_version: int | None = None,
) -> T:
    """The saved record after `transform`. Nothing is written if `transform` returns its argument.

    Errors of `load` and `transform` are passed on. Raises PreconditionFailed if the record does not have the
    expected version.
    """
    for _ in range(_ATTEMPTS):
        record = load()
        if expected_version is not None and record.version != expected_version:
            raise PreconditionFailed
        changed = transform(record)
        if changed is record:
            return record
        try:
            return save(changed)
        except VersionConflict:
            continue
    raise Unavailable("Too many concurrent changes of the same record.", retry_after_seconds=1)
