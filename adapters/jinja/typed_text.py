"""What people typed, made harmless for a mail: one line, of bounded length, that no mail client turns into
a link and that cannot turn around the text beside it.

Escaping for HTML is the template's part and comes on top.
"""

from __future__ import annotations

import re
import unicodedata

ZERO_WIDTH_SPACE = "\u200b"
_BREAKING_CATEGORIES = frozenset({"Cc", "Zl", "Zp", "Zs", "Cs", "Cn", "Co"})
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINK_START = re.compile(r"(?<=[a-z0-9]):(?=//)|(?<=\bwww)(?=\.)|\bmailto(?=:)", re.IGNORECASE)
_DOT_WITHIN_A_WORD = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")


def one_line(text: str, max_length: int) -> str:
    """`text` on one line: whatever is not visible becomes a space, runs of spaces become one.

    Joiners stay, since emoji and some scripts need them. A text that is too long ends in an ellipsis.
    """
    visible = (
        " " if unicodedata.category(character) in _BREAKING_CATEGORIES else character
        for character in text
        if character not in _BIDI_CONTROLS
    )
    line = " ".join("".join(visible).split())
    return line if len(line) <= max_length else line[: max_length - 1].rstrip() + "…"


def without_links(line: str) -> str:
    """`line` with an invisible break in whatever looks like the start of a link."""
    return _LINK_START.sub(lambda match: match.group() + ZERO_WIDTH_SPACE, line)


def person_name(name: str, max_length: int) -> str:
    """A name, in which not even a bare host name becomes a link.

    Anybody can register somebody else's address under a name that advertises a site; our mail to that
    address must be of no use to them.
    """
    line = without_links(one_line(name, max_length))
    return _DOT_WITHIN_A_WORD.sub("." + ZERO_WIDTH_SPACE, line)
