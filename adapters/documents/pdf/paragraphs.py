"""Paragraphs in a column, and the style of each run in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from adapters.documents.blocks import Runs
from adapters.documents.pdf.fonts import Face
from adapters.documents.pdf.lines import Line, lines
from adapters.documents.pdf.rows import Fill, Placed, Row
from adapters.documents.pdf.theme import CODE_INK, LINK, QUIET, Colour, Style

_NARROWEST = 150.0
_BAR_WIDTH = 2.0
_BAR_INDENT = 12.0


@dataclass(frozen=True, slots=True)
class Column:
    """Where rows go. `fills` are drawn behind every one of them: the bar of a quotation, for one.

    `depth` counts the lists around it. `mirrored` is the column of a text that runs from right to left.
    """

    x: float
    width: float
    fills: tuple[Fill, ...] = ()
    depth: int = 0
    mirrored: bool = False

    def place(self, line: Line, drop: float = 0.0, is_at_right: bool = False) -> Placed:
        """The line at its side of the column: the right one if it runs from right to left."""
        is_at_right = is_at_right or line.right_to_left
        return Placed(self.x + self.width - line.width if is_at_right else self.x, line, drop)

    def barred(self, colour: Colour, on_right: bool) -> Column:
        """A narrower column with a bar at one side of it."""
        bar = Fill(self.x + self.width - _BAR_WIDTH if on_right else self.x, _BAR_WIDTH, colour)
        left, right = (0.0, _BAR_INDENT) if on_right else (_BAR_INDENT, 0.0)
        return self.indented(left, right, fills=(bar,))

    def indented(self, left: float, right: float = 0.0, fills: tuple[Fill, ...] = ()) -> Column:
        """A narrower column inside, unless it would become too narrow to read."""
        if self.width - left - right < _NARROWEST:
            left = right = 0.0
        return replace(self, x=self.x + left, width=self.width - left - right, fills=self.fills + fills)


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


def paragraph_rows(text: list[tuple[str, Style]], column: Column, is_at_right: bool = False) -> list[Row]:
    """Rows of which neither the first nor the last stands alone on a page.

    `is_at_right` puts them on the right whatever their direction is.
    """
    found = lines(text, column.width)
    tied = {0, len(found) - 2} if len(found) > 1 else set()
    return [
        Row(line.height, (column.place(line, is_at_right=is_at_right),), column.fills, index in tied)
        for index, line in enumerate(found)
    ]
