"""Pages drawn on reportlab's canvas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from reportlab.pdfbase.ttfonts import ShapedStr
from reportlab.pdfgen.canvas import Canvas

from adapters.documents.bidi import has_right_to_left
from adapters.documents.pdf.fonts import Face, font
from adapters.documents.pdf.lines import Glyphs, first_line
from adapters.documents.pdf.pages import Page
from adapters.documents.pdf.rows import Placed
from adapters.documents.pdf.theme import (
    BOTTOM,
    CODE_FILL,
    FAINT,
    MARGIN,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SMALL,
    TOP,
    Colour,
)

_BASIC_PLANE = re.compile("[\u0000-\uffff]*")
_FOOTER_WIDTH = 320.0
_FOOTER_TOP = BOTTOM - 24
# Rows that lie one below the other may be apart by what arithmetic loses.
_SEAM = 0.01
_Band: TypeAlias = tuple[Colour, float, float]
_FACES = frozenset(face.value for face in Face)


class Painter:
    """Draws the areas of a page first, then its text, then what lies on the text."""

    def __init__(self, canvas: Canvas, total_pages: int, footer: str) -> None:
        self._canvas = canvas
        self._total = total_pages
        self._footer = first_line(footer, SMALL, _FOOTER_WIDTH)
        self._number = 0

    def paint(self, page: Page, with_footer: bool = True) -> None:
        """Draw the page and turn to the next one."""
        self._number += 1
        glyphs = list(self._placed(page, with_footer))
        self._areas(page)
        for x, base, shown in glyphs:
            if shown.style.boxed:
                size = shown.style.size
                self._area(CODE_FILL, x - 1.2, base - 0.3 * size, shown.width + 2.4, 1.3 * size)
        self._plain_text([item for item in glyphs if not _is_special(item[2])])
        for x, base, shown in glyphs:
            if _is_special(shown):
                self._special_text(x, base, shown)
            self._lines_and_links(x, base, shown)
        for used, row in page.rows:
            top = PAGE_HEIGHT - TOP - used
            if row.anchor is not None:
                self._canvas.bookmarkHorizontal(row.anchor, 0, top + 8)
            if row.target is not None:
                self._canvas.linkRect("", row.target, (MARGIN, top - row.height, PAGE_WIDTH - MARGIN, top))
        self._canvas.showPage()

    def _placed(self, page: Page, with_footer: bool) -> Iterator[tuple[float, float, Glyphs]]:
        """All glyphs of the page with the position of their base line, which starts at x."""
        placed = [(PAGE_HEIGHT - TOP - used, item) for used, row in page.rows for item in row.placed]
        if with_footer:
            number = first_line(f"{self._number} / {self._total}", SMALL, _FOOTER_WIDTH)
            placed.append((_FOOTER_TOP, Placed(MARGIN, self._footer)))
            placed.append((_FOOTER_TOP, Placed(PAGE_WIDTH - MARGIN - number.width, number)))
        for top, item in placed:
            base = top - item.drop - item.line.ascent
            for glyphs in item.line.glyphs:
                yield item.x + glyphs.x, base, glyphs

    def _areas(self, page: Page) -> None:
        """Those as high as their row first, each as one with what continues it in the row below."""
        tall: dict[_Band, list[tuple[float, float]]] = {}
        low: list[tuple[Colour, float, float, float, float]] = []
        for used, row in page.rows:
            top = PAGE_HEIGHT - TOP - used
            for fill in row.fills:
                height = row.height if fill.height is None else fill.height
                bottom = top - fill.drop - height
                if fill.height is not None or fill.drop:
                    low.append((fill.colour, fill.x, bottom, fill.width, height))
                    continue
                found = tall.setdefault((fill.colour, fill.x, fill.width), [])
                if found and found[-1][0] - top < _SEAM:
                    found[-1] = (bottom, found[-1][1])
                else:
                    found.append((bottom, top))
        for (colour, x, width), extents in tall.items():
            for bottom, top in extents:
                self._area(colour, x, bottom, width, top - bottom)
        for colour, x, bottom, width, height in low:
            self._area(colour, x, bottom, width, height)

    def _area(self, colour: Colour, x: float, y: float, width: float, height: float) -> None:
        self._canvas.setFillColorRGB(*colour)
        self._canvas.rect(x, y, width, height, stroke=0, fill=1)

    def _plain_text(self, glyphs: list[tuple[float, float, Glyphs]]) -> None:
        text = self._canvas.beginText()
        font_in_use: tuple[str, float] | None = None
        colour_in_use: Colour | None = None
        for x, base, shown in glyphs:
            style = shown.style
            if (shown.font, style.size) != font_in_use:
                font(shown.font)
                font_in_use = (shown.font, style.size)
                text.setFont(*font_in_use)
            if style.colour != colour_in_use:
                colour_in_use = style.colour
                text.setFillColorRGB(*colour_in_use)
            text.setTextOrigin(x, base)
            text.textOut(shown.drawn)
        self._canvas.drawText(text)

    def _special_text(self, x: float, base: float, glyphs: Glyphs) -> None:
        canvas, style = self._canvas, glyphs.style
        font(glyphs.font)
        is_opaque, is_thickened = _is_opaque(glyphs), _is_thickened(glyphs)
        if is_opaque:
            # What a reader copies and searches for (ISO 32000-1, 14.9.4).
            original = glyphs.text.encode("utf-16-be").hex().upper()
            canvas.addLiteral(f"/Span <</ActualText <FEFF{original}>>> BDC")
        canvas.saveState()
        text = canvas.beginText(x, base)
        text.setFont(glyphs.font, style.size)
        text.setFillColorRGB(*style.colour)
        if is_thickened:
            canvas.setStrokeColorRGB(*style.colour)
            canvas.setLineWidth(style.size * 0.03)
            text.setTextRenderMode(2)
        text.textOut(glyphs.drawn)
        canvas.drawText(text)
        canvas.restoreState()
        if is_opaque:
            canvas.addLiteral("EMC")

    def _lines_and_links(self, x: float, base: float, glyphs: Glyphs) -> None:
        style = glyphs.style
        if style.struck:
            self._line(x, base + style.size * 0.28, glyphs.width, style.colour)
        if style.link is not None:
            self._line(x, base - 1.4, glyphs.width, FAINT)
            area = (x, base - 2.5, x + glyphs.width, base + style.size)
            self._canvas.linkURL(style.link, area, relative=0)

    def _line(self, x: float, y: float, width: float, colour: Colour) -> None:
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(x, y, x + width, y)


def _is_special(glyphs: Glyphs) -> bool:
    """Whether the glyphs need a text object of their own.

    reportlab cannot move a shaped glyph up or down unless a choice of font has just gone before it.
    """
    return isinstance(glyphs.drawn, ShapedStr) or _is_thickened(glyphs) or _is_opaque(glyphs)


def _is_thickened(glyphs: Glyphs) -> bool:
    """Whether bold has to be drawn by an outline around the letters: the fallback fonts have one weight."""
    return glyphs.style.face.is_bold and glyphs.font not in _FACES


def _is_opaque(glyphs: Glyphs) -> bool:
    """Whether a reader cannot tell the text from the glyphs.

    Conjuncts have no code point, and reportlab maps none beyond U+FFFF. Readers expect text that runs from
    right to left as its glyphs stand, and put it in order themselves.
    """
    is_unmapped = isinstance(glyphs.drawn, ShapedStr) or not _BASIC_PLANE.fullmatch(glyphs.text)
    return is_unmapped and not has_right_to_left(glyphs.text)
