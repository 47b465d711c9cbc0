"""Detection of questions that ask the same thing in other words.

A question is reduced to the set of its significant words, without word endings. Two questions are
the same if these sets overlap almost completely (Jaccard index), or if the shorter set is contained in
the longer one, which adds only a few words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

_SAME_OVERLAP = 0.78
_CONTAINED_SIZE = 4
_CONTAINED_SHARE = 0.62

_PART_OF_NAMES = "+#"
_PART_OF_OPERATORS = "=<>&|!"
_WORD = re.compile(r"[^\s+#=<>&|!]+[+#]*|!?[=<>&|]{2,}|!=+")
"""C, C++ and C# are three languages; == and === are two operators. `_SPACING` prepares the text."""

_NEGATED = re.compile(r"n['’]t\b")
_SHORT_FORM = re.compile(r"['’](?:s|re|ve|ll|d|m)\b")

_FILLER = frozenset(
    """a about an and are as at be between briefly by can concept could define definition describe detail did
    discuss do does elaborate example examples explain for from give had has have how i if illustrate in into
    is it its key main me mean means of on one or outline please purpose should some tell term that the their
    them then there these they this those through to use used using walk was way ways we were what when where
    which while who why will with work worked working works would you your""".split()
)
_SYNONYMS = {
    word: meaning
    for meaning, words in {
        "advantage": "benefit benefits pro pros",
        "disadvantage": "con cons downside downsides drawback drawbacks",
        "difference": """compare comparing comparison contrast differ differs different differences
            differentiate distinction distinguish versus vs""",
        "asynchronous": "async",
        "database": "db dbs",
        "javascript": "js",
        "not": "cannot",
    }.items()
    for word in words.split()
}

_ENDINGS = (
    *((ending, "", 4) for ending in ("ations", "ation", "ating", "ated", "ates", "ate")),
    *(("ings", "", 3), ("ing", "", 3), ("ies", "y", 2), ("es", "", 3), ("ed", "", 3)),
)
"""Each ending with its replacement and the number of letters that must remain before it."""

_DOUBLED = re.compile(r"([bgmnprt])\1$")


class _Spacing(dict[int, str]):
    """A table for `str.translate` that replaces characters outside words with spaces.

    Marks belong to a word: many scripts write vowels with them.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        is_kept = (
            character.isalnum()
            or character in _PART_OF_NAMES
            or character in _PART_OF_OPERATORS
            or unicodedata.category(character).startswith("M")
        )
        self[code] = character if is_kept else " "
        return self[code]


_SPACING = _Spacing()


def _stem(word: str) -> str:
    """The word without the most common English endings, which is enough to match its inflections."""
    for ending, instead, keep in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= keep:
            stem = word[: -len(ending)] + instead
            return _american(_DOUBLED.sub(r"\1", stem))
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return _american(word[:-1].removesuffix("e"))
    return _american(word.removesuffix("e") if len(word) > 4 else word)


def _american(stem: str) -> str:
    """The stem in American spelling: -iz- for the British -is- (optimise, normalisation)."""
    return f"{stem[:-1]}z" if stem.endswith("is") and len(stem) > 5 else stem


_OPPOSITES = frozenset(_stem(word) for word in ("not", "no", "never", "without", "avoid", "disadvantage"))


def significant_words(text: str) -> frozenset[str]:
    """The stems of the words without filler words, or of all words if there are no others."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _SHORT_FORM.sub("", _NEGATED.sub(" not", plain))
    words = _WORD.findall(plain.translate(_SPACING))
    kept = [word for word in words if word not in _FILLER]
    return frozenset(_stem(_SYNONYMS.get(word, word)) for word in kept or words)


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
    """A set of known questions, which recognises a new one that asks the same in other words."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._seen: list[frozenset[str]] = []
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def add(self, text: str) -> bool:
        """Add the question. Return False, and add nothing, if it is already contained."""
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
        size = len(words)
        return any(
            is_same(words, self._seen[index])
            for index in candidates
            if _CONTAINED_SHARE <= size / len(self._seen[index]) <= 1 / _CONTAINED_SHARE
        )
