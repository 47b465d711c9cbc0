"""What people typed, made harmless for an email: one line of bounded length that no email client turns into
a link.

Escaping for HTML is the template's part and comes on top.
"""

from __future__ import annotations

import re

from core.domain.text import one_line, shortened

ZERO_WIDTH_SPACE = "\u200b"
_LINK_START = re.compile(r"(?<=[a-z0-9]):(?=//)|(?<=\bwww)(?=\.)|\bmailto(?=:)", re.IGNORECASE)
_DOT_WITHIN_A_WORD = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")


def without_links(line: str) -> str:
    """`line` with an invisible break in whatever looks like the start of a link."""
    return _LINK_START.sub(lambda match: match.group() + ZERO_WIDTH_SPACE, line)


def person_name(name: str, max_length: int) -> str:
    """A name, in which not even a bare host name becomes a link.

    Anybody can register somebody else's address under a name that advertises a site; our email to that
    address must be of no use to them.
    """
    line = without_links(shortened(one_line(name), max_length))
    return _DOT_WITHIN_A_WORD.sub("." + ZERO_WIDTH_SPACE, line)
