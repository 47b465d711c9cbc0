"""About how wide the text of a table will be in Word, which is not here to measure it.

Widths are in twentieths of a point, those of characters in parts of the size of the font. They are rather too
wide than too narrow: the font may be replaced on the machine of the reader, and a header is bold.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from adapters.documents.blocks import Runs, Table
from adapters.documents.columns import column_widths
from adapters.documents.docx.markup import text_of

_EM = 190 * 1.08  # the style "Cell" has 9.5 points
_PADDING = 220
_NARROWEST = 680
_CODE_CHARACTER = 0.62
_NARROW = frozenset(" .,:;'|!()[]{}/\\ijlftrI-`")
_BROAD = frozenset("mwMW@%—…")
# Text in these may be broken between any two characters.
_IDEOGRAPHS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef"
_WORDS = re.compile(rf"[{_IDEOGRAPHS}]|[^\s{_IDEOGRAPHS}]+")


def fits(table: Table, available: int) -> bool:
    """Whether every column would have the room for a few characters."""
    return len(table.rows[0]) * _NARROWEST <= available


def cell_widths(table: Table, available: int) -> list[int]:
    columns = list(zip(*table.rows, strict=True))
    least = [max(_NARROWEST, _PADDING + max(map(_longest_word, cells))) for cells in columns]
    natural = [max(_NARROWEST, _PADDING + max(map(_longest_line, cells))) for cells in columns]
    return [int(width) for width in column_widths(least, natural, available)]


def _longest_line(runs: Runs) -> float:
    return max(_width(line, _has_code(runs)) for line in text_of(runs).split("\n"))


def _longest_word(runs: Runs) -> float:
    return max((_width(word, _has_code(runs)) for word in _WORDS.findall(text_of(runs))), default=0.0)


def _has_code(runs: Runs) -> bool:
    return any(run.code for run in runs)


def _width(text: str, is_code: bool) -> float:
    least = _CODE_CHARACTER if is_code else 0.0
    return _EM * sum(max(width, least) if (width := _character(one)) else 0.0 for one in text)


@lru_cache(maxsize=4_096)
def _character(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if character >= "\U0001f000":
        return 1.3
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.35
    if character in _BROAD:
        return 0.95
    if character.isascii() or unicodedata.name(character, "").startswith("LATIN"):
        return 0.65 if character.isupper() else 0.53
    return 0.68
