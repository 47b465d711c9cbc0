"""Paragraphs in a column, and the style of each run in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from adapters.documents.blocks import Runs
from adapters.documents.pdf.fonts import Face
from adapters.documents.pdf.lines import Line, lines
from adapters.documents.pdf.rows import Fill, Placed, Row
from adapters.documents.pdf.theme import CODE_INK, LINK, QUIET, Style

_NARROWEST = 150.0


@dataclass(frozen=True, slots=True)
class Column:
    """Where rows go. `fills` are drawn behind every one of them: the bar of a quotation, for one.

    `depth` counts the lists around it.
    """

    x: float
    width: float
    fills: tuple[Fill, ...] = ()
    depth: int = 0

    def place(self, line: Line, drop: float = 0.0) -> Placed:
        """The line at its side of the column: the right one if it runs from right to left."""
        return Placed(self.x + self.width - line.width if line.right_to_left else self.x, line, drop)

    def indented(self, left: float, right: float = 0.0, fills: tuple[Fill, ...] = ()) -> Column:
        """A narrower column inside, unless it would become too narrow to read."""
        if self.width - left - right < _NARROWEST:
            left = right = 0.0
        return Column(self.x + left, self.width - left - right, self.fills + fills, self.depth)


def stretches(runs: Runs, base: Style) -> list[tuple[str, Style]]:
    return [(run.text, _styled(*run.look, base)) for run in runs]


@lru_cache(maxsize=4_096)
def _styled(
    bold: bool, italic: bool, code: bool, struck: bool, quiet: bool, link: str | None, base: Style
) -> Style:
    """The base style in the look of a run."""
    style = base
    if bold or italic:
        is_bold = bold or base.face.is_bold
        face = Face.BOLD_ITALIC if is_bold and italic else Face.BOLD if is_bold else Face.ITALIC
        style = replace(style, face=face)
    if code:
        face = Face.MONO_BOLD if style.face.is_bold else Face.MONO
        style = replace(style, face=face, size=base.size * 0.9, colour=CODE_INK, boxed=True)
    if quiet:
        style = replace(style, colour=QUIET, size=base.size * 0.85)
    elif link is not None:
        style = replace(style, colour=LINK)
    return replace(style, struck=struck, link=link)


def paragraph_rows(text: list[tuple[str, Style]], column: Column) -> list[Row]:
    """Rows of which neither the first nor the last stands alone on a page."""
    found = lines(text, column.width)
    tied = {0, len(found) - 2} if len(found) > 1 else set()
    return [
        Row(line.height, (column.place(line),), column.fills, stays_with_next=index in tied)
        for index, line in enumerate(found)
    ]
