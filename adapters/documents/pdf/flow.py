"""Blocks of formatted text to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adapters.documents.bidi import is_right_to_left, starts_right_to_left
from adapters.documents.blocks import (
    Block,
    CodeBlock,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Runs,
    Table,
)
from adapters.documents.pdf.lines import first_line, lines
from adapters.documents.pdf.paragraphs import Column, paragraph_rows, stretches
from adapters.documents.pdf.rows import Fill, Placed, Row, gap
from adapters.documents.pdf.tables import table_rows
from adapters.documents.pdf.theme import (
    BODY,
    CODE,
    CODE_FILL,
    CODE_LABEL,
    FAINT,
    HAIRLINE,
    HEADINGS,
    QUIET,
    Style,
)

_INDENT = 17.0
_BLOCK_GAP = 6.0
_ITEM_GAP = 2.5
_CODE_PADDING = 7.0
_KEPT_CODE_LINES = 12
_BULLETS = "•◦▪"


def block_rows(blocks: Sequence[Block], column: Column, base: Style = BODY) -> list[Row]:
    rows: list[Row] = []
    for block in blocks:
        if rows:
            is_nested = column.depth > 0 and isinstance(block, ListBlock)
            rows.append(gap(_ITEM_GAP if is_nested else _BLOCK_GAP, column.fills))
        match block:
            case Paragraph(runs):
                rows.extend(paragraph_rows(stretches(runs, base), column))
            case Heading(level, runs):
                rows.extend(_heading_rows(level, runs, column))
            case CodeBlock(text, label):
                rows.extend(_code_rows(text, label, column))
            case Quote(inner):
                barred = column.barred(FAINT, on_right=starts_right_to_left(inner))
                rows.extend(block_rows(inner, barred, replace(base, colour=QUIET)))
            case ListBlock():
                rows.extend(_list_rows(block, column, base))
            case Table():
                rows.extend(table_rows(block, column))
            case Rule():
                rows.append(Row(9, fills=(*column.fills, Fill(column.x, column.width, HAIRLINE, 4, 0.7))))
    return rows


def _heading_rows(level: int, runs: Runs, column: Column) -> list[Row]:
    found = lines(stretches(runs, HEADINGS[level]), column.width)
    return [
        gap(3, column.fills),
        *(Row(line.height, (column.place(line),), column.fills, stays_with_next=True) for line in found),
    ]


def _code_rows(text: str, label: str, column: Column) -> list[Row]:
    box = Fill(column.x, column.width, CODE_FILL)
    inner = Column(column.x + _CODE_PADDING, column.width - 2 * _CODE_PADDING, (*column.fills, box))
    top: tuple[Placed, ...] = ()
    if label:
        line = first_line(label, CODE_LABEL, inner.width / 2)
        top = (Placed(inner.x + inner.width - line.width, line, 1),)
    rows = [
        gap(2, column.fills),
        Row(_CODE_PADDING, top, inner.fills, stays_with_next=True),
    ]
    found = lines([(text, CODE)], inner.width, keep_spaces=True)
    last = len(found) - 1
    for index, line in enumerate(found):
        stays = last < _KEPT_CODE_LINES or index in (0, 1, last - 1, last)
        rows.append(Row(line.height, (Placed(inner.x, line),), inner.fills, stays_with_next=stays))
    return [*rows, Row(_CODE_PADDING, fills=inner.fills, stays_with_next=True), gap(2, column.fills, False)]


def _list_rows(block: ListBlock, column: Column, base: Style) -> list[Row]:
    rows: list[Row] = []
    widest = "" if block.start is None else f"{block.start + len(block.items) - 1}."
    indent = max(_INDENT, lines([(widest, base)], column.width)[0].width + 6)
    for position, item in enumerate(block.items):
        bullet = _BULLETS[min(column.depth, len(_BULLETS) - 1)]
        text = bullet if block.start is None else f"{block.start + position}."
        marker = lines([(text, base)], column.width)[0]
        if _starts_right_to_left(item):
            inner = column.indented(0, indent)
            placed = Placed(column.x + column.width - marker.width, marker)
        else:
            inner = column.indented(indent)
            placed = Placed(column.x + 4 if block.start is None else inner.x - marker.width - 6, marker)
        inner = replace(inner, depth=column.depth + 1)
        found = block_rows(item, inner, base) or [Row(marker.height, fills=column.fills)]
        first = next((index for index, row in enumerate(found) if not row.is_gap), 0)
        found[first] = replace(found[first], placed=(placed, *found[first].placed))
        if rows:
            rows.append(gap(_ITEM_GAP, column.fills))
        rows.extend(found)
    return rows


def _starts_right_to_left(item: Sequence[Block]) -> bool:
    match item:
        case [Paragraph(runs), *_]:
            return is_right_to_left("".join(run.text for run in runs))
        case _:
            return False
