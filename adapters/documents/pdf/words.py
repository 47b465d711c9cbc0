"""Text to measured words: every stretch with the font that has its glyphs, its direction and its width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from adapters.documents.bidi import CONTROLS, has_right_to_left, levels
from adapters.documents.pdf.fonts import EMOJI_FONT, Face, font_for, has_glyph, needs_shaping
from adapters.documents.pdf.shaping import combines, glyphs, stacks
from adapters.documents.pdf.theme import Style

# What every face has a glyph for, and what can be set letter by letter from left to right.
_PLAIN = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u0237\u0391-\u03a1\u03a3-\u03ce\u0400-\u045f\u1ea0-\u1ef9"
    "\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u20ac]*"
)
# Longer words come in several fragments: to part a word takes time that grows with the square of its length.
_LONGEST_FRAGMENT = 200
_LONGEST_REMEMBERED = 40
_SPACES_AND_WORDS = re.compile(rf" {{1,{_LONGEST_FRAGMENT}}}|[^ ]{{1,{_LONGEST_FRAGMENT}}}")
_UNPRINTED = re.compile(
    "[\u00ad\u034f\u180e\u200b\u2060-\u2064\ufe00-\ufe0e\ufeff\ufff9-\ufffb\U000e0100-\U000e01ef]"
)
_IDEOGRAPHS = re.compile(
    "[\u2e80-\u303f\u3040-\u30ff\u3100-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U0001f000-\U0001faff\U00020000-\U0003ffff"
    # Thai, Lao, Myanmar and Khmer are also written without spaces.
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
_EMOJI_SELECTOR = "\ufe0f"
_JOINER = "\u200d"
# Signs that may not begin a line, and those that may not end one (JIS X 4051).
_CLOSING = frozenset(
    "\uff0c\uff0e\uff1a\uff1b\uff1f\uff01\uff09\uff3d\uff5d\u3015\u2019\u201d\u2026,.:;?!)]}%"
    # Vowels after which, or before which, Thai and Lao do not part.
    "\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46\u0eaf\u0eb0\u0eb2\u0eb3\u0ec6"
    "、。〉》」』】〗ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_OPENING = frozenset(
    "\uff08\uff3b\uff5b\u3014\u2018\u201c([{〈《「『【〖"
    "\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4"
)


@dataclass(slots=True)
class Fragment:
    """A stretch in one style, font and direction. `drawn` is in visual order, `text` as it was written."""

    text: str
    drawn: str
    font: str
    style: Style
    width: float
    level: int = 0


@dataclass(slots=True)
class Word:
    """What is not parted at the end of a line; or a stretch of spaces."""

    fragments: list[Fragment]
    width: float
    is_space: bool


@lru_cache(maxsize=8_192)
def _measured(text: str, font_name: str, right_to_left: bool) -> tuple[str, float]:
    return glyphs(text, font_name, right_to_left)


def fragment(text: str, font_name: str, style: Style, level: int = 0) -> Fragment:
    measure = _measured if len(text) <= _LONGEST_REMEMBERED else glyphs
    drawn, width = measure(text, font_name, level % 2 == 1)
    return Fragment(text, drawn, font_name, style, width * style.size, level)


def is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None


def words(stretches: Sequence[tuple[str, Style]], right_to_left: bool) -> list[Word]:
    """The words of one line of text, which has no line end in it."""
    if all(is_plain(text) for text, _ in stretches):
        return _plain_words(stretches)
    return _any_words(stretches, right_to_left)


def _plain_words(stretches: Sequence[tuple[str, Style]]) -> list[Word]:
    found: list[Word] = []
    for text, style in stretches:
        name, size = style.face.value, style.size
        for part in _SPACES_AND_WORDS.findall(text):
            drawn, width = _measured(part, name, False)
            piece = Fragment(part, drawn, name, style, width * size)
            is_space = part[0] == " "
            if found and found[-1].is_space == is_space:
                found[-1].fragments.append(piece)
                found[-1].width += piece.width
            else:
                found.append(Word([piece], piece.width, is_space))
    return found


@dataclass(slots=True)
class _Cluster:
    """A character with what combines with it. `font` is None if no font has a glyph for it."""

    text: str
    font: str | None
    style: Style
    level: int


def _any_words(stretches: Sequence[tuple[str, Style]], right_to_left: bool) -> list[Word]:
    cleaned = [(_UNPRINTED.sub("", CONTROLS.sub("", text)), style) for text, style in stretches]
    whole = "".join(text for text, _ in cleaned)
    if right_to_left or has_right_to_left(whole):
        all_levels: Sequence[int] = levels(whole, right_to_left)
    else:
        all_levels = bytes(len(whole))
    found: list[Word] = []
    pending: list[_Cluster] = []

    def finish(is_space: bool) -> None:
        if pending:
            fragments = list(_fragments(pending))
            found.append(Word(fragments, sum(piece.width for piece in fragments), is_space))
            pending.clear()

    for cluster in _clusters(cleaned, all_levels):
        is_space = cluster.text.isspace() and cluster.text != "\u00a0"
        if pending and (pending[-1].text == " ") != is_space:
            finish(pending[-1].text == " ")
        elif pending and _may_break(pending[-1].text, cluster.text):
            finish(False)
        if is_space:
            cluster.text = " "
        pending.append(cluster)
    if pending:
        finish(pending[-1].text == " ")
    return found


def _may_break(before: str, after: str) -> bool:
    if before[-1] in _OPENING or after[0] in _CLOSING:
        return False
    return bool(_IDEOGRAPHS.match(before) or _IDEOGRAPHS.match(after))


def _clusters(stretches: Sequence[tuple[str, Style]], all_levels: Sequence[int]) -> Iterator[_Cluster]:
    position = 0
    last: _Cluster | None = None
    for text, style in stretches:
        for index, character in enumerate(text):
            level = all_levels[position]
            position += 1
            if last is not None and _continues(last, character):
                if character != _EMOJI_SELECTOR:
                    last.text += character
                continue
            if character == _EMOJI_SELECTOR or character in "\u200c\u200d":
                continue
            if last is not None:
                yield last
            following = text[index + 1 : index + 2]
            shown = " " if character.isspace() else character
            last = _Cluster(character, _font(shown, style.face, following), style, level)
    if last is not None:
        yield last


def _continues(cluster: _Cluster, character: str) -> bool:
    """Whether the character is drawn together with the cluster before it, by the font of that."""
    if cluster.font is None:
        return False
    if stacks(cluster.text[-1]) and needs_shaping(cluster.font):
        return has_glyph(cluster.font, character)
    if cluster.text[-1] == _JOINER or character in "\u200c\u200d":
        is_joiner = character in "\u200c\u200d"
        return needs_shaping(cluster.font) and (is_joiner or has_glyph(cluster.font, character))
    if character == _EMOJI_SELECTOR:
        return True
    if _is_flag_letter(character):
        return len(cluster.text) == 1 and _is_flag_letter(cluster.text)
    return combines(character) and has_glyph(cluster.font, character) and not cluster.text.isspace()


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _font(character: str, face: Face, following: str) -> str | None:
    is_emoji = character >= "\U0001f000" or following == _EMOJI_SELECTOR
    if is_emoji and has_glyph(EMOJI_FONT, character):
        return EMOJI_FONT
    return font_for(character, face)


def _fragments(clusters: Sequence[_Cluster]) -> Iterator[Fragment]:
    start = 0
    for end in range(1, len(clusters) + 1):
        first = clusters[start]
        if end < len(clusters):
            here = clusters[end]
            is_same = (here.font, here.style, here.level) == (first.font, first.style, first.level)
            if is_same and end - start < _LONGEST_FRAGMENT:
                continue
        text = "".join(cluster.text for cluster in clusters[start:end])
        if first.font is None:
            text, name = "".join(f"[U+{ord(character):04X}]" for character in text), first.style.face.value
            yield fragment(text, name, first.style, first.level + first.level % 2)
        else:
            yield fragment(text, first.font, first.style, first.level)
        start = end


def parted(piece: Fragment, width: float) -> tuple[Fragment, Fragment] | None:
    """The fragment in two, the first as wide as fits in `width`; None if not even one character fits.

    A character stays with what combines with it.
    """
    ends = [
        index
        for index, character in enumerate(piece.text)
        if index and not combines(character) and not stacks(piece.text[index - 1])
    ]
    # Glyphs are at least a tenth of the font size wide on average: a bound for very long words.
    low, high = 0, min(len(ends), int(width / piece.style.size * 10) + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if fragment(piece.text[: ends[middle - 1]], piece.font, piece.style, piece.level).width <= width:
            low = middle
        else:
            high = middle - 1
    if low == 0:
        return None
    end = ends[low - 1]
    return (
        fragment(piece.text[:end], piece.font, piece.style, piece.level),
        fragment(piece.text[end:], piece.font, piece.style, piece.level),
    )
