"""The part of a text that can be printed: everything but code points without any appearance."""

from __future__ import annotations

from core.domain.text import encodable, single_spaced, without_controls


def printable(text: str) -> str:
    """The text with "\\n" as its only line end, and without control characters other than tab."""
    return without_controls(encodable(text))


def printable_line(text: str) -> str:
    """The printable text with every stretch of white space as one space."""
    return single_spaced(printable(text))
