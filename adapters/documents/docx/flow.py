"""Blocks of formatted text to WordprocessingML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from adapters.documents.bidi import starts_right_to_left
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
from adapters.documents.docx.cells import cell_widths, fits
from adapters.documents.docx.markup import (
    PLAIN,
    PLAIN_PARAGRAPH,
    ParagraphLook,
    RunLook,
    paragraph,
    runs_xml,
    text_of,
)
from adapters.documents.docx.theme import BULLETS, CODE_FILL, HAIRLINE, LEVELS, LIST_INDENT, QUIET, TEXT_WIDTH

_QUOTE_INDENT = 240
_NARROWEST_ASIDE = 60
_TABLE_GAP = ParagraphLook("Gap")
_CELL_MARGINS = '<w:tblCellMar><w:left w:w="90" w:type="dxa"/><w:right w:w="90" w:type="dxa"/></w:tblCellMar>'


@dataclass(frozen=True, slots=True)
class Place:
    """Where blocks stand: the look that their paragraphs start from, and how many lists are around them.

    `mirrored` is the place of a text that runs from right to left."""

    look: ParagraphLook = PLAIN_PARAGRAPH
    run_look: RunLook = PLAIN
    lists: int = 0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class _Aside:
    """The widths of the columns that every row of a table leaves out at its start and at its end."""

    before: int = 0
    after: int = 0

    def xml(self) -> str:
        """The properties of such a row. A column without width is none: LibreOffice drops a cell for it."""
        counts, widths = [], []
        for side, width in (("Before", self.before), ("After", self.after)):
            if width:
                counts.append(f'<w:grid{side} w:val="1"/>')
                widths.append(f'<w:w{side} w:w="{width}" w:type="dxa"/>')
        return "".join((*counts, *widths))


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
                    look = place.look.barred(HAIRLINE, _QUOTE_INDENT, on_right=starts_right_to_left(inner))
                    yield from self.blocks(inner, replace(place, look=look, run_look=RunLook(colour=QUIET)))
                case ListBlock():
                    yield from self._list(block, place)
                case Table():
                    yield from self._table(block, place)
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
        for item in block.items:
            on_right = isinstance(item[0], Paragraph) and starts_right_to_left(item[:1]) if item else False
            look = place.look.indented(LIST_INDENT, on_right)
            inner = replace(place, look=look, lists=place.lists + 1)
            marked = replace(look, list_number=number, list_level=level, hanging=LIST_INDENT - 40)
            match item:
                case [Paragraph(runs), *rest]:
                    yield self.paragraph(runs, marked, place.run_look)
                    yield from self.blocks(rest, inner)
                case _:
                    yield self.paragraph((), marked)
                    yield from self.blocks(item, inner)

    def _table(self, table: Table, place: Place) -> Iterator[str]:
        look = place.look
        available = TEXT_WIDTH - look.left - look.right
        if fits(table, available):
            yield paragraph("", "", replace(_TABLE_GAP, stays_with_next=True))
            yield self._grid(table, place, cell_widths(table, available))
            yield paragraph("", "", _TABLE_GAP)
            return
        for cells in table.rows:
            joined = [part for runs in cells for part in (Run(" | "), *runs)]
            yield self.paragraph(tuple(joined[1:]), replace(look, style="Cell"), place.run_look)

    def _grid(self, table: Table, place: Place, widths: Sequence[int]) -> str:
        indent, direction, aside = place.look.left, "", _Aside()
        if place.mirrored:
            # Word counts the indent of such a table from the right, LibreOffice from the left. So the table
            # has the width of the page, and its rows leave out columns at both ends.
            right = place.look.right
            rest = TEXT_WIDTH - right - sum(widths)
            indent, direction = 0, "<w:bidiVisual/>"
            aside = _Aside(right, rest if rest > _NARROWEST_ASIDE else 0)
        all_widths = [width for width in (aside.before, *widths, aside.after) if width]
        columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in all_widths)
        lines = f'w:val="single" w:sz="4" w:space="0" w:color="{HAIRLINE}"'
        rows = "".join(
            self._row(cells, widths, aside, is_header=position == 0)
            for position, cells in enumerate(table.rows)
        )
        return (
            f'<w:tbl><w:tblPr>{direction}<w:tblW w:w="0" w:type="auto"/>'
            f'<w:tblInd w:w="{indent}" w:type="dxa"/>'
            f"<w:tblBorders><w:top {lines}/><w:bottom {lines}/><w:insideH {lines}/></w:tblBorders>"
            f'<w:tblLayout w:type="autofit"/>{_CELL_MARGINS}</w:tblPr>'
            f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
        )

    def _row(self, cells: Sequence[Runs], widths: Sequence[int], aside: _Aside, is_header: bool) -> str:
        shading = f'<w:shd w:val="clear" w:color="auto" w:fill="{CODE_FILL}"/>' if is_header else ""
        look = ParagraphLook(style="Cell", stays_with_next=is_header)
        content = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shading}</w:tcPr>'
            f"{self.paragraph(runs, look, RunLook(bold=is_header))}</w:tc>"
            for runs, width in zip(cells, widths, strict=True)
        )
        properties = aside.xml() + ("<w:tblHeader/>" if is_header else "")
        return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{content}</w:tr>"
