"""Which shelf serves a topic, and whether the topic is the shelf's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from adapters.bank.topic_files import Shelf

# A typo that matters changes one letter or swaps two: "Pyhton" is 0.83 like "Python".
_LIKENESS = 0.82
_MIN_LENGTH_TO_GUESS = 5

# "+" and "#" belong to a word: C, C++ and C# are three topics.
_WORD = re.compile(r"[^\W_]+[+#]*")
_VERSION = re.compile(r"v?[0-9]+")
_DIGITS = re.compile(r"[0-9]")

# What may stand beside the name of a topic without making it another one.
_QUALIFIERS = frozenset(
    """
    advanced basic basics beginner beginners concepts core deep developer developers development essentials
    engineer engineering engineers entry expert experienced fundamental fundamentals intermediate interview
    interviews intro introduction junior knowledge language languages lead level mid modern principles
    programmer programming question questions senior specialist theory version
    for in of the to
    """.split()
)


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", name).casefold()))


def _is_qualifier(word: str) -> bool:
    return word in _QUALIFIERS or _VERSION.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class Match:
    """A shelf that serves the topic `asked`; `topic` is what its questions are to be labelled with."""

    asked: str
    topic: str
    shelf: Shelf

    @property
    def is_by_name(self) -> bool:
        return self.asked == self.topic


class Catalogue:
    def __init__(self, shelves: Iterable[Shelf]) -> None:
        self._own: dict[str, Shelf] = {}
        self._all: dict[str, Shelf] = {}
        for shelf in shelves:
            own = {"".join(_words(name)): shelf for name in (shelf.topic, *shelf.aliases)}
            parts = {"".join(_words(name)): shelf for name in shelf.parts}
            self._own |= own
            self._all |= own | parts

    def find(self, topic: str) -> Match | None:
        """A name of the shelf's topic, whatever its case and punctuation, stays the label of its questions.

        A part of the topic, a name with mere qualifiers around it ("advanced Python 3") and a name
        with a typo are served under the shelf's own name.
        """
        words = _words(topic)
        letters = "".join(words)
        if letters in self._own:
            return Match(topic, topic, self._own[letters])
        core = "".join(word for word in words if not _is_qualifier(word))
        shelf = self._all.get(letters) or self._all.get(core) or self._alike(letters)
        return Match(topic, shelf.topic, shelf) if shelf else None

    def _alike(self, letters: str) -> Shelf | None:
        """By likeness to a whole name. Another beginning, length or digit is more than a typo:
        Jython is not Python, nor Web3 Web."""
        if len(letters) < _MIN_LENGTH_TO_GUESS:
            return None
        names = [
            name
            for name in self._all
            if name.startswith(letters[0])
            and abs(len(name) - len(letters)) <= 1
            and _DIGITS.findall(name) == _DIGITS.findall(letters)
        ]
        near = get_close_matches(letters, names, n=1, cutoff=_LIKENESS)
        return self._all[near[0]] if near else None
