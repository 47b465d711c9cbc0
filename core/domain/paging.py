"""Keyset paging: a page starts after the key of the last item of the page before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

Key = tuple[str, ...]
"""The sort key of one item. It ends with the id, so that it is unique."""

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `limit` items that come after `after`, or the first ones."""

    limit: int = DEFAULT_LIMIT
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items in order. `next_after` is the key for the next page, or None at the end."""

    items: tuple[T, ...]
    next_after: Key | None = None
