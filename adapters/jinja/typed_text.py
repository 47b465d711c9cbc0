"""User input made safe for an email: one line of bounded length that no email client turns into a link.

The templates escape it for HTML as well.
"""

from __future__ import annotations

import re

from core.domain.text import one_line, shortened

ZERO_WIDTH_SPACE = "\u200b"
_LINK_START = re.compile(r"(?<=[a-z0-9]):(?=//)|(?<=\bwww)(?=\.)|\bmailto(?=:)", re.IGNORECASE)
_DOT_WITHIN_A_WORD = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")


def without_links(line: str) -> str:
    """`line` with an invisible break in everything that looks like the start of a link."""
    return _LINK_START.sub(lambda match: match.group() + ZERO_WIDTH_SPACE, line)


def person_name(name: str, max_length: int) -> str:
    """A name in which not even a bare host name becomes a link.

    Anyone can register another person's address under a name that advertises a site. The email to that
    address must not carry the advertisement as a link.
    """
    line = without_links(shortened(one_line(name), max_length))
    return _DOT_WITHIN_A_WORD.sub("." + ZERO_WIDTH_SPACE, line)
