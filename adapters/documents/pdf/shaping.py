"""Text to glyphs: joining, stacking and combining letters through HarfBuzz, and mirrored signs."""

from __future__ import annotations

import re
import unicodedata

from bidi.mirror import MIRRORED
from reportlab.pdfbase.ttfonts import ShapedStr, shapeStr

from adapters.documents.bidi import has_right_to_left
from adapters.documents.pdf.fonts import font, in_basic_plane, needs_shaping

_REFERENCE_SIZE = 10
_VIRAMA = 9  # canonical combining class
_SKIN_TONES = re.compile("(?<=.)[\U0001f3fb-\U0001f3ff]")
_JOINERS = frozenset("\u200c\u200d")


def glyphs(text: str, font_name: str, right_to_left: bool) -> tuple[str, float]:
    """What to hand to reportlab for the text, in visual order, and its width at font size 1.

    `text` has glyphs in the font, and one direction.
    """
    reportlab_font = font(font_name)
    if _is_joined(text, font_name):
        if right_to_left and not has_right_to_left(text):
            text = _visual(text)
        # Our emoji have no colours, and would show the skin tone as a second picture.
        drawn = shapeStr(_SKIN_TONES.sub("", text), font_name, _REFERENCE_SIZE)
        if isinstance(drawn, ShapedStr):
            positions = drawn.__shapeData__
            shown = ShapedStr(in_basic_plane(drawn, font_name), positions)
            return shown, sum(glyph.x_advance for glyph in positions) / 1000
        text = drawn
    elif right_to_left:
        text = _visual(text)
    shown = in_basic_plane(text, font_name)
    return shown, reportlab_font.stringWidth(shown, 1)


def _is_joined(text: str, font_name: str) -> bool:
    if needs_shaping(font_name):
        # HarfBuzz takes the Persian digits for right-to-left letters, though numbers run from left to right.
        return not all(unicodedata.category(character) == "Nd" for character in text)
    return any(combines(character) for character in text)


def combines(character: str) -> bool:
    """Whether the character is drawn as part of the one before it."""
    if character < "\u0300":
        return False
    return (
        character in _JOINERS
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or unicodedata.category(character)[0] == "M"
    )


def stacks(character: str) -> bool:
    """Whether the character after this one is drawn together with it."""
    return character == "\u200d" or unicodedata.combining(character) == _VIRAMA


def _visual(text: str) -> str:
    return "".join(MIRRORED.get(character, character) for character in reversed(text))
