"""Rows to pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.documents.pdf.rows import Row
from adapters.documents.pdf.theme import COLUMN_HEIGHT


@dataclass(slots=True)
class Page:
    """Rows with the distance of their top from the top of the column."""

    rows: list[tuple[float, Row]] = field(default_factory=list)
    used: float = 0.0


class Pages:
    """Fills one page after the other. Rows that stay together turn the page together, if they fit on one."""

    def __init__(self) -> None:
        self.pages: list[Page] = [Page()]
        self.page_of: dict[str, int] = {}
        self._together: list[Row] = []

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._together.append(row)
            if not row.stays_with_next:
                self.finish()

    def finish(self) -> None:
        """Place what has been waiting for the row after it."""
        together, self._together = self._together, []
        height = sum(row.height for row in together)
        if self.pages[-1].used + height > COLUMN_HEIGHT and height <= COLUMN_HEIGHT:
            self._turn()
        for row in together:
            self._place(row)

    def _place(self, row: Row) -> None:
        page = self.pages[-1]
        if page.used + row.height > COLUMN_HEIGHT and page.rows:
            self._turn()
            page = self.pages[-1]
        if row.is_gap and not page.rows:
            return
        if row.anchor is not None:
            self.page_of[row.anchor] = len(self.pages) - 1
        page.rows.append((page.used, row))
        page.used += row.height

    def _turn(self) -> None:
        if self.pages[-1].rows:
            self.pages.append(Page())
