"""Rows: what the body of a page is stacked from."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.documents.pdf.lines import Line
from adapters.documents.pdf.theme import Colour


@dataclass(frozen=True, slots=True)
class Placed:
    """A line at `x` of the page, its top `drop` below the top of its row."""

    x: float
    line: Line
    drop: float = 0.0


@dataclass(frozen=True, slots=True)
class Fill:
    """A coloured area in a row, from top to bottom of it unless `height` and `drop` say otherwise."""

    x: float
    width: float
    colour: Colour
    drop: float = 0.0
    height: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """`stays_with_next` keeps the row on the page of the one after it.

    `anchor` names the place for links; `target` is the anchor that a click on the row leads to.
    `is_gap` marks white space, which is not needed at the top of a page.
    """

    height: float
    placed: tuple[Placed, ...] = ()
    fills: tuple[Fill, ...] = ()
    stays_with_next: bool = False
    is_gap: bool = False
    anchor: str | None = None
    target: str | None = None


def gap(height: float, fills: tuple[Fill, ...] = (), stays_with_next: bool = True) -> Row:
    return Row(height, fills=fills, stays_with_next=stays_with_next, is_gap=True)
