"""The mapping of requested topics to the topics of the question bank."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from adapters.bank.topic_files import Shelf

# A typo changes one letter or swaps two: the likeness of "Pyhton" and "Python" is 0.83.
_LIKENESS = 0.82
_MIN_LENGTH_TO_GUESS = 5

# "+" and "#" belong to a word: C, C++ and C# are three topics.
_WORD = re.compile(r"[^\W_]+[+#]*")
_VERSION = re.compile(r"v?[0-9]+")
_DIGITS = re.compile(r"[0-9]")

# Words that may stand beside the name of a topic without changing the topic.
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
    """The shelf for the requested topic `asked`. Its questions get the label `topic`."""

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
        """The match for a requested topic, or None.

        If `topic` is a name of the shelf's topic in any case and punctuation, it stays the label. For a
        part of the topic, a name with qualifiers ("advanced Python 3") or a name with a typo, the label
        is the shelf's own name.
        """
        words = _words(topic)
        letters = "".join(words)
        if letters in self._own:
            return Match(topic, topic, self._own[letters])
        core = "".join(word for word in words if not _is_qualifier(word))
        shelf = self._all.get(letters) or self._all.get(core) or self._alike(letters)
        return Match(topic, shelf.topic, shelf) if shelf else None

    def _alike(self, letters: str) -> Shelf | None:
        """The shelf whose name is spelled almost like this. A different first letter, length or digit is
        not a typo: Jython is not Python, and Web3 is not Web."""
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
