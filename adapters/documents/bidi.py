"""Right-to-left text, by the Unicode Bidirectional Algorithm (UAX #9)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from bidi import algorithm

from adapters.documents.blocks import Block, Heading, ListBlock, Paragraph, Quote, Table
from core.domain.text import BIDI_CONTROLS

_LETTER = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
_RIGHT_TO_LEFT = re.compile(_LETTER)
_STRETCH = re.compile(rf"({_LETTER}(?:\W*{_LETTER})*)")
_NEUTRAL_ENDS = re.compile(r"(\W*)(.*?)(\W*)", re.DOTALL)
# Embeddings, overrides and isolates would let a text reorder what stands around it: they are not obeyed.
CONTROLS = re.compile(f"[{BIDI_CONTROLS}]")
# The algorithm takes these out (rule X9).
_WITHOUT_LEVEL = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "BN"))


def has_right_to_left(text: str) -> bool:
    return _RIGHT_TO_LEFT.search(text) is not None


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left (rules P2 and P3)."""
    return has_right_to_left(text) and _first_is_right_to_left(text)


def starts_right_to_left(blocks: Sequence[Block]) -> bool:
    """The same of the first letter in the blocks. Code has no say: it always runs from left to right."""
    return _first_is_right_to_left(chain.from_iterable(_texts(blocks)))


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph(runs) | Heading(_, runs):
                yield from (run.text for run in runs)
            case Quote(inner):
                yield from _texts(inner)
            case ListBlock(items):
                yield from chain.from_iterable(map(_texts, items))
            case Table(rows):
                yield from (run.text for cells in rows for runs in cells for run in runs)


def _first_is_right_to_left(characters: Iterable[str]) -> bool:
    for character in characters:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def stretches(text: str, right_to_left: bool) -> Iterator[tuple[str, bool]]:
    """The text in parts, each with whether it runs from right to left.

    `right_to_left` is the direction of the paragraph, which signs between two directions follow.
    """
    for position, part in enumerate(_STRETCH.split(text)):
        if position % 2 == 1:
            yield part, True
        elif right_to_left:
            ends = _NEUTRAL_ENDS.fullmatch(part)
            before, middle, after = ends.groups() if ends is not None else ("", part, "")
            yield from (
                (piece, is_end) for piece, is_end in ((before, True), (middle, False), (after, True)) if piece
            )
        elif part:
            yield part, False


def levels(text: str, right_to_left: bool) -> list[int]:
    """The embedding level of each character: even runs from left to right, odd from right to left."""
    storage = algorithm.get_empty_storage()
    storage["base_level"] = int(right_to_left)
    storage["base_dir"] = "R" if right_to_left else "L"
    algorithm.get_embedding_levels("".join(map(_understood, text)), storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    resolved = iter(storage["chars"])
    found: list[int] = []
    for character in text:
        if unicodedata.bidirectional(character) in _WITHOUT_LEVEL:
            found.append(found[-1] if found else int(right_to_left))
        else:
            found.append(next(resolved)["level"])
    return found


def _understood(character: str) -> str:
    """The character, or one of the same direction if the algorithm does not know its class."""
    match unicodedata.bidirectional(character):
        case "":  # not assigned in this version of Unicode
            return "\u05d0" if _RIGHT_TO_LEFT.match(character) else "a"
        case "LRI" | "RLI" | "FSI" | "PDI" | "B":
            return " "
        case _:
            return character
