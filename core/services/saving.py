"""Changing a record that others may change at the same time.

Read, change, save over the version that was read; if somebody else was faster, do it again with
what they wrote. Nobody waits for a lock and nobody's change is lost.
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
    """The record as saved after `transform`; nothing is written if that returns its argument.

    What `load` and `transform` raise passes through. Raises PreconditionFailed if a version is
    expected and the record has another one.
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
    raise Unavailable("Too many changes of the same thing at once.", retry_after_seconds=1)
