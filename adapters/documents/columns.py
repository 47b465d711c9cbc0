"""Widths of table columns, shared out of the width of the page."""

from __future__ import annotations

from collections.abc import Sequence


def column_widths(least: Sequence[float], natural: Sequence[float], available: float) -> list[float]:
    """The width of each column, in the unit of the arguments.

    `natural` is the width in which no line is broken, `least` the one in which no word is. What there is
    beyond the least goes to narrow columns first, so that one long text does not squeeze the short ones.
    """
    if sum(natural) <= available:
        return list(natural)
    granted = _levelled(least, available)
    wishes = [max(wanted - given, 0.0) for wanted, given in zip(natural, granted, strict=True)]
    extra = _levelled(wishes, max(available - sum(granted), 0.0))
    return [given + more for given, more in zip(granted, extra, strict=True)]


def _levelled(wishes: Sequence[float], available: float) -> list[float]:
    """As much of each wish as there is, the larger ones being cut to the same size."""
    granted = [0.0] * len(wishes)
    for position, index in enumerate(sorted(range(len(wishes)), key=wishes.__getitem__)):
        granted[index] = min(wishes[index], available / (len(wishes) - position))
        available -= granted[index]
    return granted
