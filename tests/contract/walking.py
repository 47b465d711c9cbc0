"""Walks through all pages of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from core.domain.paging import Page, PageRequest

T = TypeVar("T")


def walk(
    page: Callable[[PageRequest], Page[T]], limit: int, between: Callable[[], None] = lambda: None
) -> list[T]:
    """All items, page by page; `between` is called after each page."""
    request = PageRequest(limit)
    seen: list[T] = []
    while True:
        shown = page(request)
        assert len(shown.items) <= limit
        seen.extend(shown.items)
        if shown.next_after is None:
            return seen
        assert len(shown.items) == limit
        between()
        request = PageRequest(limit, shown.next_after)
