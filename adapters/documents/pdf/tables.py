"""Tables to rows: one for each line of text in them, so that a tall cell continues on the next page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from adapters.documents.blocks import Run, Runs, Table
from adapters.documents.pdf.lines import Line, lines
from adapters.documents.pdf.paragraphs import Column, paragraph_rows, stretches
from adapters.documents.pdf.rows import Fill, Row, gap
from adapters.documents.pdf.theme import CELL, CODE_FILL, HAIRLINE

_PADDING_X = 6.0
_PADDING_Y = 3.5
_NARROWEST_CELL = 34.0
_KEPT_LINES = 12


def table_rows(table: Table, column: Column) -> list[Row]:
    count = len(table.rows[0])
    if count * _NARROWEST_CELL > column.width:
        return _as_text(table, column)
    widths = _widths(table, column.width)
    rows: list[Row] = []
    for position, cells in enumerate(table.rows):
        rows.extend(_row(cells, widths, column, is_header=position == 0))
    return [*rows, gap(3, column.fills, stays_with_next=False)]


def _as_text(table: Table, column: Column) -> list[Row]:
    """A table with more columns than the page has room for: its cells one after the other."""
    rows: list[Row] = []
    for cells in table.rows:
        joined = [part for runs in cells for part in (*runs, Run(" | "))]
        rows.extend(paragraph_rows(stretches(tuple(joined), CELL), column))
    return rows


def _row(cells: Sequence[Runs], widths: Sequence[float], column: Column, is_header: bool) -> list[Row]:
    inner = []
    x = column.x
    for width in widths:
        inner.append(Column(x + _PADDING_X, width - 2 * _PADDING_X))
        x += width
    bold = (tuple(replace(run, bold=True) for run in runs) for runs in cells)
    found: list[list[Line]] = [
        lines(stretches(runs, CELL), place.width)
        for runs, place in zip(bold if is_header else cells, inner, strict=True)
    ]
    total = x - column.x
    fills = (*column.fills, Fill(column.x, total, CODE_FILL)) if is_header else column.fills
    height = max(map(len, found))
    stays = is_header or height <= _KEPT_LINES
    rows = [Row(_PADDING_Y, fills=fills, stays_with_next=True)]
    for across in zip_longest(*found):
        pairs = zip(inner, across, strict=True)
        placed = tuple(place.place(line) for place, line in pairs if line is not None)
        rows.append(Row(max(item.line.height for item in placed), placed, fills, stays_with_next=stays))
    border = Fill(column.x, total, HAIRLINE, _PADDING_Y - 0.6, 0.6)
    rows.append(Row(_PADDING_Y, fills=(*fills, border), stays_with_next=is_header))
    return rows


def _widths(table: Table, available: float) -> list[float]:
    """Columns as wide as their text, or narrowed in proportion where that is wider than the page."""
    natural = [0.0] * len(table.rows[0])
    for position, cells in enumerate(table.rows):
        for index, runs in enumerate(cells):
            shown = tuple(replace(run, bold=True) for run in runs) if position == 0 else runs
            widest = max(line.width for line in lines(stretches(shown, CELL), available))
            natural[index] = max(natural[index], widest + 2 * _PADDING_X + 0.5, _NARROWEST_CELL)
    wanted = sum(natural)
    if wanted <= available:
        return natural
    spare = available - _NARROWEST_CELL * len(natural)
    stretch = wanted - _NARROWEST_CELL * len(natural)
    return [_NARROWEST_CELL + (width - _NARROWEST_CELL) * spare / stretch for width in natural]
