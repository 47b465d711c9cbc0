"""Tables to rows: one for each line of text in them, so that a tall cell continues on the next page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from adapters.documents.blocks import Run, Runs, Table
from adapters.documents.columns import column_widths
from adapters.documents.pdf.lines import Line, lines, longest_word
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
    total = sum(widths)
    left = column.x + column.width - total if column.mirrored else column.x
    inner = []
    used = 0.0
    for width in widths:
        x = left + total - used - width if column.mirrored else left + used
        inner.append(Column(x + _PADDING_X, width - 2 * _PADDING_X))
        used += width
    bold = (tuple(replace(run, bold=True) for run in runs) for runs in cells)
    found: list[list[Line]] = [
        lines(stretches(runs, CELL), place.width)
        for runs, place in zip(bold if is_header else cells, inner, strict=True)
    ]
    fills = (*column.fills, Fill(left, total, CODE_FILL)) if is_header else column.fills
    height = max(map(len, found))
    stays = is_header or height <= _KEPT_LINES
    rows = [Row(_PADDING_Y, fills=fills, stays_with_next=True)]
    for across in zip_longest(*found):
        pairs = zip(inner, across, strict=True)
        placed = tuple(place.place(line) for place, line in pairs if line is not None)
        rows.append(Row(max(item.line.height for item in placed), placed, fills, stays_with_next=stays))
    border = Fill(left, total, HAIRLINE, _PADDING_Y - 0.6, 0.6)
    rows.append(Row(_PADDING_Y, fills=(*fills, border), stays_with_next=is_header))
    return rows


def _widths(table: Table, available: float) -> list[float]:
    """Columns as wide as their text, or narrowed where that is wider than the page."""
    least = [_NARROWEST_CELL] * len(table.rows[0])
    natural = list(least)
    for position, cells in enumerate(table.rows):
        for index, runs in enumerate(cells):
            shown = tuple(replace(run, bold=True) for run in runs) if position == 0 else runs
            text = stretches(shown, CELL)
            around = 2 * _PADDING_X + 0.5
            widest = max(line.width for line in lines(text, available))
            natural[index] = max(natural[index], widest + around)
            least[index] = max(least[index], longest_word(text) + around)
    return column_widths(least, natural, available)
