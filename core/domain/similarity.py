"""When two questions are the same question, reworded.

A question is reduced to the set of its meaningful words, without word endings. Two questions are
the same if those sets overlap almost wholly (Jaccard index), or if the shorter one is contained in
the longer one, which then only adds a few words around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

_SAME_OVERLAP = 0.72
_CONTAINED_SIZE = 4
_CONTAINED_SHARE = 0.62

_WORD = re.compile(r"[^\W_]+(?:[+#]+)?")
_FILLER = frozenset(
    """a about an and are as at be between by can could describe detail did do does example examples explain
    for from give had has have how i if in into is it its key main me mean means of on one or please purpose
    should some tell term that the their them then there these they this those to use used using was way
    we were what when where which while who why will with work works would you your""".split()
)
_OPPOSITES = frozenset("not no never without avoid disadvantage drawback disadvantages drawbacks".split())

_ENDINGS = (("ations", 3), ("ation", 3), ("ings", 3), ("ing", 3), ("ies", 2), ("es", 3), ("ed", 3))
"""Each with the number of letters that must remain."""


def _stem(word: str) -> str:
    """The word without the commonest English endings: enough to match its inflections."""
    for ending, keep in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= keep:
            return word[: -len(ending)]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def significant_words(text: str) -> frozenset[str]:
    """The stems of the words that carry the meaning; all words where nothing else is there."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    kept = [word for word in words if word not in _FILLER]
    return frozenset(_stem(word) for word in kept or words)


def is_same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two questions, given by their significant words, ask the same thing."""
    if one == other:
        return True
    if (one & _OPPOSITES) != (other & _OPPOSITES):
        return False
    shared = len(one & other)
    shorter, longer = sorted((len(one), len(other)))
    if shared == shorter >= _CONTAINED_SIZE and shared / longer >= _CONTAINED_SHARE:
        return True
    return shared / len(one | other) >= _SAME_OVERLAP


class QuestionSet:
    """Questions that were seen, to ask of a new one whether it is among them, in whatever words."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._seen: list[frozenset[str]] = []
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def add(self, text: str) -> bool:
        """Remember the question. False, and nothing remembered, if it is here already."""
        words = significant_words(text)
        if self._contains(words):
            return False
        for word in words:
            self._by_word[word].append(len(self._seen))
        self._seen.append(words)
        return True

    def __contains__(self, text: str) -> bool:
        return self._contains(significant_words(text))

    def _contains(self, words: frozenset[str]) -> bool:
        candidates = {index for word in words for index in self._by_word.get(word, ())}
        if not words:
            return any(not seen for seen in self._seen)
        return any(is_same(words, self._seen[index]) for index in candidates)
