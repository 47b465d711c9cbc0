"""What of a text can be shown on paper: everything but code points that have no appearance at all."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
# C0 and C1 controls but tab and newline, and the noncharacters: XML 1.0 refuses most of them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)


def encodable(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which no encoding of Unicode can write."""
    return _LONE_SURROGATES.sub("\ufffd", text)


def printable(text: str) -> str:
    """The text with "\\n" as its only line end and without control characters other than tab."""
    return _INVISIBLE.sub("", _LINE_ENDS.sub("\n", encodable(text)))


def one_line(text: str) -> str:
    """The printable text with every stretch of white space as one space."""
    return " ".join(printable(text).split())
