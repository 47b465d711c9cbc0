"""Runs of styled text to lines of a given width, each in visual order and ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.documents.bidi import is_right_to_left
from adapters.documents.pdf.fonts import line_height
from adapters.documents.pdf.theme import Style
from adapters.documents.pdf.words import Fragment, Word, fragment, parted, words


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What is drawn in one go at `x`, counted from the start of the line. `text` is what it stands for."""

    x: float
    width: float
    font: str
    style: Style
    drawn: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """`ascent` is the distance from its top to the base line."""

    glyphs: tuple[Glyphs, ...]
    width: float
    height: float
    ascent: float
    right_to_left: bool


def lines(stretches: Sequence[tuple[str, Style]], width: float, keep_spaces: bool = False) -> list[Line]:
    """The lines of a paragraph; "\\n" in the text ends a line.

    `keep_spaces` is for code: spaces stand where they were written, and lines part anywhere.
    """
    found: list[Line] = []
    default = stretches[0][1] if stretches else Style()
    right_to_left = not keep_spaces and is_right_to_left("".join(text for text, _ in stretches))
    for hard_line in _hard_lines(stretches):
        broken = _broken(words(hard_line, right_to_left), width, keep_spaces)
        style = hard_line[0][1] if hard_line else default
        found.extend(_line(fragments, style, right_to_left) for fragments in broken)
    return found


def longest_word(stretches: Sequence[tuple[str, Style]]) -> float:
    """The width that the text needs for no word of it to be parted."""
    return max(
        (word.width for hard_line in _hard_lines(stretches) for word in words(hard_line, False)), default=0.0
    )


def first_line(text: str, style: Style, width: float) -> Line:
    """The text on one line, with an ellipsis if it does not fit."""
    whole = lines([(text, style)], width)
    if len(whole) == 1:
        return whole[0]
    ellipsis = fragment("…", style.face.value, style)
    right_to_left = is_right_to_left(text)
    kept = _broken(words([(text, style)], right_to_left), width - ellipsis.width, False)[0]
    ellipsis.level = int(right_to_left)
    return _line([*kept, ellipsis], style, right_to_left)


def _hard_lines(stretches: Sequence[tuple[str, Style]]) -> Iterator[list[tuple[str, Style]]]:
    current: list[tuple[str, Style]] = []
    for text, style in stretches:
        first, *others = text.expandtabs(4).split("\n")
        if first:
            current.append((first, style))
        for other in others:
            yield current
            current = [(other, style)] if other else []
    yield current


def _broken(found: list[Word], width: float, keep_spaces: bool) -> list[list[Fragment]]:
    """The fragments of each line, in the order in which they were written."""
    result: list[list[Fragment]] = []
    current: list[Fragment] = []
    used = 0.0
    spaces: list[Fragment] = []
    spaces_width = 0.0
    for word in found:
        if word.is_space and not keep_spaces:
            spaces, spaces_width = word.fragments, word.width
            continue
        if used + spaces_width + word.width <= width:
            if current:
                current.extend(spaces)
                used += spaces_width
            current.extend(word.fragments)
            used += word.width
        else:
            # A word that is wider than a whole line is parted, and starts on the line that it is on.
            if word.width <= width and not keep_spaces:
                result.append(current)
                current, used = [], 0.0
            elif current:
                current.extend(spaces)
                used += spaces_width
            for piece in word.fragments:
                rest: Fragment | None = piece
                while rest is not None and used + rest.width > width:
                    parts = parted(rest, width - used)
                    if parts is None and not current:
                        break
                    if parts is not None:
                        current.append(parts[0])
                        rest = parts[1]
                    result.append(current)
                    current, used = [], 0.0
                if rest is not None:
                    current.append(rest)
                    used += rest.width
        spaces, spaces_width = [], 0.0
    result.append(current)
    return result


def _line(fragments: list[Fragment], style: Style, right_to_left: bool) -> Line:
    ordered = _visual_order(fragments)
    drawn: list[Glyphs] = []
    x = size = needed = 0.0
    start = 0
    for end in range(1, len(ordered) + 1):
        first = ordered[start]
        if end < len(ordered) and _are_one(first, ordered[end]):
            continue
        pieces = ordered[start:end]
        if len(pieces) == 1:
            width, shown, text = first.width, first.drawn, first.text
        else:
            width = sum([piece.width for piece in pieces])
            shown = "".join([piece.drawn for piece in pieces])
            text = "".join([piece.text for piece in pieces])
        drawn.append(Glyphs(x, width, first.font, first.style, shown, text))
        size = max(size, first.style.size)
        needed = max(needed, line_height(first.font) * first.style.size)
        x += width
        start = end
    size = size or style.size
    height = max(size * style.leading, needed)
    return Line(tuple(drawn), x, height, (height - size) / 2 + 0.86 * size, right_to_left)


def _are_one(first: Fragment, second: Fragment) -> bool:
    return (
        first.style is second.style
        and first.font == second.font
        and first.level == second.level == 0
        # What HarfBuzz has shaped carries positions of its own, which joining would lose.
        and type(first.drawn) is type(second.drawn) is str
    )


def _visual_order(fragments: list[Fragment]) -> list[Fragment]:
    """Rule L2 of UAX #9, on fragments: each has one level, and is in visual order itself."""
    highest = max((piece.level for piece in fragments), default=0)
    if highest == 0:
        return fragments
    ordered = list(fragments)
    for level in range(highest, 0, -1):
        start = 0
        while start < len(ordered):
            if ordered[start].level < level:
                start += 1
                continue
            end = start
            while end < len(ordered) and ordered[end].level >= level:
                end += 1
            ordered[start:end] = ordered[start:end][::-1]
            start = end
    return ordered
