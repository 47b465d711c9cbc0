"""Which shelf a topic is on, in whatever words somebody asks for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from adapters.bank.shelves import Shelf

_LIKENESS = 0.8
_MIN_LENGTH_TO_GUESS = 4
_MIN_LENGTH_WITHIN = 3

# "+" and "#" belong to a word: C, C++ and C# are three topics.
_WORD = re.compile(r"[^\W_]+[+#]*")


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", name).casefold()))


class Catalogue:
    def __init__(self, shelves: Iterable[Shelf]) -> None:
        self._by_words: dict[tuple[str, ...], Shelf] = {}
        self._by_letters: dict[str, Shelf] = {}
        for shelf in shelves:
            for name in shelf.names:
                words = _words(name)
                if words:
                    self._by_words.setdefault(words, shelf)
                    self._by_letters.setdefault("".join(words), shelf)

    def find(self, topic: str) -> Shelf | None:
        """By name, whatever its punctuation; else by a name within or around the topic; else by likeness."""
        words = _words(topic)
        letters = "".join(words)
        if letters in self._by_letters:
            return self._by_letters[letters]
        return self._overlapping(words) or self._alike(letters)

    def _overlapping(self, words: tuple[str, ...]) -> Shelf | None:
        """The shelf whose name shares the largest part with the topic, one of them being within the other."""
        best_share, best = 0.0, None
        for name, shelf in self._by_words.items():
            shorter, longer = sorted((name, words), key=len)
            share = len(shorter) / len(longer) if longer else 0.0
            if share > best_share and _is_within(shorter, longer):
                best_share, best = share, shelf
        return best

    def _alike(self, letters: str) -> Shelf | None:
        if len(letters) < _MIN_LENGTH_TO_GUESS:
            return None
        near = get_close_matches(letters, self._by_letters, n=1, cutoff=_LIKENESS)
        return self._by_letters[near[0]] if near else None


def _is_within(shorter: tuple[str, ...], longer: tuple[str, ...]) -> bool:
    """Whether the words stand together in the longer name.

    A very short name ("go", "c") has to be at least half of it: "go to market" is not about Go.
    """
    size = len(shorter)
    if len("".join(shorter)) < _MIN_LENGTH_WITHIN and size * 2 < len(longer):
        return False
    return any(longer[start : start + size] == shorter for start in range(len(longer) - size + 1))
