"""The look of the printed page. Lengths are in points, colours are red, green and blue from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from reportlab.lib.pagesizes import A4

from adapters.documents.pdf.fonts import Face
from core.domain.library.questions import Difficulty

Colour: TypeAlias = tuple[float, float, float]


def _hex(value: int) -> Colour:
    return ((value >> 16) / 255, (value >> 8 & 0xFF) / 255, (value & 0xFF) / 255)


PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 62.0
TOP = 60.0
BOTTOM = 68.0
COLUMN_WIDTH = PAGE_WIDTH - 2 * MARGIN
COLUMN_HEIGHT = PAGE_HEIGHT - TOP - BOTTOM
NUMBER_WIDTH = 30.0

INK = _hex(0x20242B)
QUIET = _hex(0x667080)
FAINT = _hex(0xA9B1BD)
HAIRLINE = _hex(0xDDE1E7)
ACCENT = _hex(0x1D4E68)
CODE_INK = _hex(0x263238)
CODE_FILL = _hex(0xF4F6F8)
LINK = _hex(0x1A5FA8)
NOTE_BAR = _hex(0xD9B44A)
PIN = _hex(0xB07A00)
DIFFICULTY_COLOURS = {
    Difficulty.EASY: _hex(0x3E8E5A),
    Difficulty.MEDIUM: _hex(0xC98A1B),
    Difficulty.HARD: _hex(0xB5483A),
}


@dataclass(frozen=True, slots=True)
class Style:
    """`leading` is the distance between base lines as a multiple of `size`."""

    face: Face = Face.REGULAR
    size: float = 10.0
    colour: Colour = INK
    leading: float = 1.45
    link: str | None = None
    struck: bool = False
    boxed: bool = False


BODY = Style()
SMALL = Style(size=8.5, colour=QUIET)
CODE = Style(Face.MONO, 8.5, CODE_INK, 1.4)
CODE_LABEL = Style(Face.MONO, 7, QUIET)
CELL = Style(size=9, leading=1.4)
LABEL = Style(Face.BOLD, 7.5, QUIET)
QUESTION = Style(Face.BOLD, 11.5, leading=1.4)
LONG_QUESTION = Style(size=10.5)
NUMBER = Style(Face.BOLD, 11.5, ACCENT, 1.4)
TOPIC = Style(Face.BOLD, 17, ACCENT, 1.3)
CONTENTS_TITLE = Style(Face.BOLD, 20, ACCENT, 1.3)
CONTENTS_TOPIC = Style(Face.BOLD, 10.5, leading=1.5)
CONTENTS_QUESTION = Style(size=9.5, leading=1.5)
ROLE = Style(Face.BOLD, 30, leading=1.2)
EYEBROW = Style(Face.BOLD, 10, ACCENT)
FACT_NAME = Style(size=9.5, colour=QUIET)
FACT = Style(size=11, leading=1.5)
HEADINGS = {
    level: Style(Face.BOLD, size, leading=1.35)
    for level, size in enumerate((13, 12, 11, 10.5, 10, 10), start=1)
}
