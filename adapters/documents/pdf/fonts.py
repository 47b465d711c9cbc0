"""The fonts that are embedded, and which of them has a glyph for a character.

`fonts/coverage.txt` lists the characters of every font, so that only fonts that a document needs are read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT_FOLDER = Path(__file__).resolve().parent.parent / "fonts"
EMOJI_FONT = "NotoEmoji-Regular"

# In order of preference. Symbols come after the scripts: they have some letters, in a look of their own.
_FALLBACKS = (
    "NotoSans-Regular",
    "NotoSansArabic-Regular",
    "NotoSansHebrew-Regular",
    "NotoSansDevanagari-Regular",
    "NotoSansBengali-Regular",
    "NotoSansGurmukhi-Regular",
    "NotoSansGujarati-Regular",
    "NotoSansOriya-Regular",
    "NotoSansTamil-Regular",
    "NotoSansTelugu-Regular",
    "NotoSansKannada-Regular",
    "NotoSansMalayalam-Regular",
    "NotoSansSinhala-Regular",
    "NotoSansThai-Regular",
    "NotoSansLao-Regular",
    "NotoSansKhmer-Regular",
    "NotoSansMyanmar-Regular",
    "NotoSansGeorgian-Regular",
    "NotoSansArmenian-Regular",
    "NotoSansEthiopic-Regular",
    "NotoSansKR-Hangul",
    "DroidSansFallback",
    "NotoSansMono-Regular",
    "NotoSansMath-Regular",
    "NotoSansSymbols-Regular",
    "NotoSansSymbols2-Regular",
    EMOJI_FONT,
)
_SHAPED = frozenset(_FALLBACKS[1:17]) | {EMOJI_FONT}
# The distance between lines that these scripts need, as a multiple of the font size.
_LINE_HEIGHTS = {
    "NotoSansArabic-Regular": 1.65,
    "NotoSansKhmer-Regular": 1.75,
    "NotoSansMyanmar-Regular": 1.75,
    "NotoSansMalayalam-Regular": 1.6,
    "NotoSansTelugu-Regular": 1.6,
    "NotoSansKannada-Regular": 1.6,
}
_BEYOND_BASIC_PLANE = re.compile("[\U00010000-\U0010ffff]")
_loading = Lock()


class Face(Enum):
    """The fonts that a text asks for: they have Latin, Greek and Cyrillic; the rest comes from fallbacks."""

    REGULAR = "NotoSans-Regular"
    BOLD = "NotoSans-Bold"
    ITALIC = "NotoSans-Italic"
    BOLD_ITALIC = "NotoSans-BoldItalic"
    MONO = "NotoSansMono-Regular"
    MONO_BOLD = "NotoSansMono-Bold"

    @property
    def is_bold(self) -> bool:
        return self in (Face.BOLD, Face.BOLD_ITALIC, Face.MONO_BOLD)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Code points as sorted ranges: the first of each, and the last of each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __contains__(self, code_point: int) -> bool:
        position = bisect_right(self.starts, code_point) - 1
        return position >= 0 and code_point <= self.ends[position]


@cache
def coverages() -> dict[str, Coverage]:
    found = {}
    for line in (FONT_FOLDER / "coverage.txt").read_text("ascii").splitlines():
        name, _, listed = line.partition(": ")
        ranges = [part.partition("-") for part in listed.split()]
        found[name] = Coverage(
            tuple(int(first, 16) for first, _, _ in ranges),
            tuple(int(last or first, 16) for first, _, last in ranges),
        )
    return found


@lru_cache(maxsize=20_000)
def font_for(character: str, face: Face) -> str | None:
    """The name of the font to show the character with; None if there is none."""
    code_point = ord(character)
    if code_point in coverages()[face.value]:
        return face.value
    return next((name for name in _FALLBACKS if code_point in coverages()[name]), None)


def has_glyph(name: str, character: str) -> bool:
    return ord(character) in coverages()[name]


def needs_shaping(name: str) -> bool:
    """Whether letters in this font join, stack or combine, so that glyphs cannot be set one by one."""
    return name in _SHAPED


def line_height(name: str) -> float:
    """The least distance between lines, as a multiple of the font size."""
    return _LINE_HEIGHTS.get(name, 1.0)


_aliases: dict[tuple[str, str], str] = {}
_LAST_PRIVATE = 0xF8FF


def in_basic_plane(text: str, name: str) -> str:
    """The text with a private code point, for the same glyph, for each character beyond U+FFFF.

    reportlab writes an invalid character map for those. HarfBuzz's own private code points grow from U+E000
    upwards, and these from the other end.
    """
    return _BEYOND_BASIC_PLANE.sub(lambda found: _alias(found.group(), name), text)


def _alias(character: str, name: str) -> str:
    face = font(name).face
    with _loading:
        known = _aliases.get((name, character))
        if known is not None:
            return known
        private = _LAST_PRIVATE
        while private in face.charToGlyph:
            private -= 1
        face.charToGlyph[private] = face.charToGlyph[ord(character)]
        face.charWidths[private] = face.charWidths[ord(character)]
        _aliases[name, character] = chr(private)
        return chr(private)


@cache
def font(name: str) -> TTFont:
    """The font, registered with reportlab under its name."""
    with _loading:
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(FONT_FOLDER / f"{name}.ttf")))
        return pdfmetrics.getFont(name)
