"""Bounds on what a text in Markdown may expand to.

A few characters can stand for many cells, levels or runs, each of which takes much more time, memory and
space in a file than a character.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore

# A list in a list takes two levels more, a quotation in a quotation one.
MAX_NESTING = 20
MAX_RUNS = 4_000
BEYOND_BOUNDS = "beyond_bounds"
"""The key in the environment of a parser that has met too much; there are no tokens then."""

_MAX_BLOCKS = 6_000
_MAX_CELLS = 2_000
_DELIMITERS = re.compile(r"[-:| \t]+")


def keep_within_bounds(parser: MarkdownIt) -> None:
    """Let the parser stop where blocks, cells or levels are too many, before it looks into them."""
    parser.block.ruler.at("table", _bounded_table, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.after("block", "bounds", _stop_beyond_bounds)


def _bounded_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table, unless it would have too many cells: a row that is a letter long has one in every column."""
    if BEYOND_BOUNDS in state.env or start + 2 > end:
        return False
    first, last = state.bMarks[start + 1] + state.tShift[start + 1], state.eMarks[start + 1]
    if _DELIMITERS.fullmatch(state.src, first, last):
        rows = next((line for line in range(start, end) if state.isEmpty(line)), end) - start
        if rows * sum(map(bool, state.src[first:last].split("|"))) > _MAX_CELLS:
            state.env[BEYOND_BOUNDS] = True
            return False
    return table(state, start, end, silent)


def _stop_beyond_bounds(state: StateCore) -> None:
    """Leave nothing to the rules that follow, which would look into every cell, if there is too much."""
    if BEYOND_BOUNDS in state.env:
        state.tokens = []
    blocks = cells = 0
    for token in state.tokens:
        blocks += token.nesting >= 0
        cells += token.type in ("td_open", "th_open")
        # The parser drops what is nested deeper than its limit.
        if token.level >= MAX_NESTING - 1 or cells > _MAX_CELLS or blocks - 2 * cells > _MAX_BLOCKS:
            state.env[BEYOND_BOUNDS] = True
            state.tokens = []
            return
