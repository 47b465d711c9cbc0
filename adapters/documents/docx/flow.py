"""Blocks of formatted text to WordprocessingML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from adapters.documents.blocks import (
    Block,
    CodeBlock,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
)
from adapters.documents.docx.markup import (
    PLAIN,
    PLAIN_PARAGRAPH,
    ParagraphLook,
    RunLook,
    paragraph,
    runs_xml,
    text_of,
)
from adapters.documents.docx.theme import BULLETS, CODE_FILL, HAIRLINE, LEVELS, LIST_INDENT, QUIET

_QUOTE_INDENT = 240
_DEEPEST_INDENT = 4_000
_TABLE_GAP = ParagraphLook("Gap")
_TEXT_WIDTH = 9_400
_CHARACTER_WIDTH = 105
_CELL_PADDING = 200
_CELL_MARGINS = '<w:tblCellMar><w:left w:w="90" w:type="dxa"/><w:right w:w="90" w:type="dxa"/></w:tblCellMar>'


@dataclass(frozen=True, slots=True)
class Place:
    """Where blocks stand: the look that their paragraphs start from, and how many lists are around them."""

    look: ParagraphLook = PLAIN_PARAGRAPH
    run_look: RunLook = PLAIN
    lists: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """`relate` gives the relationship id of an address, `new_list` the number of a new ordered list."""

    relate: Callable[[str], str]
    new_list: Callable[[int, int], int]

    def paragraph(self, runs: Runs, look: ParagraphLook, run_look: RunLook = PLAIN) -> str:
        return paragraph(runs_xml(runs, self.relate, run_look), text_of(runs), look)

    def blocks(self, blocks: Sequence[Block], place: Place) -> Iterator[str]:
        """Paragraphs and tables, each as one string."""
        for block in blocks:
            match block:
                case Paragraph(runs):
                    yield self.paragraph(runs, place.look, place.run_look)
                case Heading(level, runs):
                    look = replace(place.look, style=f"Answer Heading {level}", stays_with_next=True)
                    yield self.paragraph(runs, look)
                case CodeBlock():
                    yield from self._code(block, place)
                case Quote(inner):
                    left = min(place.look.left + _QUOTE_INDENT, _DEEPEST_INDENT)
                    look = replace(place.look, left=left, bar=HAIRLINE, bar_at=left)
                    yield from self.blocks(inner, replace(place, look=look, run_look=RunLook(colour=QUIET)))
                case ListBlock():
                    yield from self._list(block, place)
                case Table():
                    yield paragraph("", "", _TABLE_GAP)
                    yield self._table(block, place)
                    yield paragraph("", "", _TABLE_GAP)
                case Rule():
                    yield paragraph("", "", replace(place.look, bottom=HAIRLINE))

    def _code(self, block: CodeBlock, place: Place) -> Iterator[str]:
        look = replace(place.look, fill=CODE_FILL)
        if block.label:
            label = replace(look, style="Code Label", stays_with_next=True)
            yield self.paragraph((Run(block.label),), label)
        # Code runs from left to right, whatever the language of its first comment.
        yield paragraph(runs_xml((Run(block.text),), self.relate), "", replace(look, style="Code"))

    def _list(self, block: ListBlock, place: Place) -> Iterator[str]:
        level = min(place.lists, LEVELS - 1)
        number = BULLETS if block.start is None else self.new_list(level, block.start)
        left = min(place.look.left + LIST_INDENT, _DEEPEST_INDENT)
        inner = Place(replace(place.look, left=left), place.run_look, place.lists + 1)
        marked = replace(inner.look, list_number=number, list_level=level, hanging=LIST_INDENT - 40)
        for item in block.items:
            match item:
                case [Paragraph(runs), *rest]:
                    yield self.paragraph(runs, marked, place.run_look)
                    yield from self.blocks(rest, inner)
                case _:
                    yield self.paragraph((), marked)
                    yield from self.blocks(item, inner)

    def _table(self, table: Table, place: Place) -> str:
        widths = _widths(table, _TEXT_WIDTH - place.look.left)
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        lines = f'w:val="single" w:sz="4" w:space="0" w:color="{HAIRLINE}"'
        rows = "".join(self._row(cells, widths, position == 0) for position, cells in enumerate(table.rows))
        return (
            f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblInd w:w="{place.look.left}" w:type="dxa"/>'
            f"<w:tblBorders><w:top {lines}/><w:bottom {lines}/><w:insideH {lines}/></w:tblBorders>"
            f'<w:tblLayout w:type="autofit"/>{_CELL_MARGINS}</w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
        )

    def _row(self, cells: Sequence[Runs], widths: Sequence[int], is_header: bool) -> str:
        shading = f'<w:shd w:val="clear" w:color="auto" w:fill="{CODE_FILL}"/>' if is_header else ""
        look = ParagraphLook(style="Cell", stays_with_next=is_header)
        content = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shading}</w:tcPr>'
            f"{self.paragraph(runs, look, RunLook(bold=is_header))}</w:tc>"
            for runs, width in zip(cells, widths, strict=True)
        )
        return f"<w:tr>{'<w:trPr><w:tblHeader/></w:trPr>' if is_header else ''}{content}</w:tr>"


def _widths(table: Table, available: int) -> list[int]:
    """Columns as wide as their text is long, narrowed in proportion where that is wider than the page."""
    columns = zip(*table.rows, strict=True)
    wanted = [
        _CELL_PADDING
        + _CHARACTER_WIDTH * max(len(line) for runs in cells for line in text_of(runs).split("\n"))
        for cells in columns
    ]
    share = min(1.0, available / sum(wanted))
    return [max(int(width * share), _CELL_PADDING) for width in wanted]
