"""WordprocessingML for runs and paragraphs, as text.

The order of the properties is that of the schema (ECMA-376, CT_PPr and CT_RPr), which Word insists on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from adapters.documents import bidi
from adapters.documents.blocks import Run, Runs
from adapters.documents.docx.theme import CODE_FILL, CODE_FONT, LINK, QUIET

_BREAKS = re.compile("([\n\t])")
_WIDEST_BORDER_SPACE = 31  # points
_DEEPEST_INDENT = 4_000
_BREAK_ELEMENTS = {"\n": "<w:br/>", "\t": "<w:tab/>"}


@dataclass(frozen=True, slots=True)
class ParagraphLook:
    """Indents are in twentieths of a point, `left` and `right` being those sides of the page whatever the
    direction of the text. `bar` is the colour of a bar outside of the indent `bar_at`, which is on the right
    if `bar_on_right`; `bottom` is the colour of a line below. `is_at_right` is for text from left to right,
    `right_to_left` for a paragraph of that direction whatever its text is."""

    style: str = "Normal"
    stays_with_next: bool = False
    left: int = 0
    right: int = 0
    is_at_right: bool = False
    right_to_left: bool = False
    hanging: int = 0
    bar: str | None = None
    bar_at: int = 0
    bar_on_right: bool = False
    bottom: str | None = None
    fill: str | None = None
    list_number: int | None = None
    list_level: int = 0
    page_break_before: bool = False

    def indented(self, by: int, on_right: bool) -> ParagraphLook:
        """The same further in at one side, as far as there is room."""
        room = max(_DEEPEST_INDENT - self.left - self.right, 0)
        if on_right:
            return replace(self, right=self.right + min(by, room))
        return replace(self, left=self.left + min(by, room))

    def barred(self, colour: str, by: int, on_right: bool) -> ParagraphLook:
        """The same further in, with a bar at that side."""
        look = self.indented(by, on_right)
        return replace(look, bar=colour, bar_at=look.right if on_right else look.left, bar_on_right=on_right)


@dataclass(frozen=True, slots=True)
class RunLook:
    """What a run has beyond the marks of `Run`. `size` is in points."""

    colour: str | None = None
    size: float | None = None
    bold: bool = False


PLAIN = RunLook()
PLAIN_PARAGRAPH = ParagraphLook()


def text_of(runs: Runs) -> str:
    return "".join(run.text for run in runs)


def paragraph(content: str, text: str, look: ParagraphLook = PLAIN_PARAGRAPH) -> str:
    """A paragraph of ready-made runs; `text` is what they say, and decides the direction."""
    parts = [f'<w:pStyle w:val="{look.style.replace(" ", "")}"/>']
    if look.stays_with_next:
        parts.append("<w:keepNext/>")
    if look.page_break_before:
        parts.append("<w:pageBreakBefore/>")
    if look.list_number is not None:
        parts.append(
            f'<w:numPr><w:ilvl w:val="{look.list_level}"/><w:numId w:val="{look.list_number}"/></w:numPr>'
        )
    right_to_left = look.right_to_left or bidi.is_right_to_left(text)
    if look.bar is not None or look.bottom is not None:
        # Borders keep their distance from the text of the paragraph, which may be indented further.
        hanging = look.hanging if right_to_left == look.bar_on_right else 0
        indent = (look.right if look.bar_on_right else look.left) - hanging
        space = min(8 + (indent - look.bar_at) // 20, _WIDEST_BORDER_SPACE)
        bottom = _border("bottom", look.bottom, 6, 2)
        if look.bar_on_right:
            borders = bottom + _border("right", look.bar, 12, space)
        else:
            borders = _border("left", look.bar, 12, space) + bottom
        parts.append(f"<w:pBdr>{borders}</w:pBdr>")
    if look.fill is not None:
        parts.append(f'<w:shd w:val="clear" w:color="auto" w:fill="{look.fill}"/>')
    if right_to_left:
        parts.append("<w:bidi/>")
    if look.left or look.right or look.hanging:
        # What the schema calls left is the side where the text starts.
        start, end = (look.right, look.left) if right_to_left else (look.left, look.right)
        hanging_attribute = f' w:hanging="{look.hanging}"' if look.hanging else ""
        parts.append(f'<w:ind w:left="{start}" w:right="{end}"{hanging_attribute}/>')
    if look.is_at_right and not right_to_left:
        parts.append('<w:jc w:val="right"/>')
    return f"<w:p><w:pPr>{''.join(parts)}</w:pPr>{content}</w:p>"


def _border(side: str, colour: str | None, size: int, space: int) -> str:
    if colour is None:
        return ""
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{colour}"/>'


def plain_run(text: str, look: RunLook = PLAIN) -> str:
    return _run_xml(Run(text), look, bidi.is_right_to_left(text))


def runs_xml(runs: Runs, relate: Callable[[str], str], look: RunLook = PLAIN) -> str:
    """The runs of one paragraph. `relate` gives the id of the relationship to an address."""
    right_to_left = bidi.is_right_to_left(text_of(runs))
    parts = []
    for run in runs:
        content = _run_xml(run, look, right_to_left)
        if run.link is not None:
            content = f"<w:hyperlink r:id={quoteattr(relate(run.link))}>{content}</w:hyperlink>"
        parts.append(content)
    return "".join(parts)


def _run_xml(run: Run, look: RunLook, right_to_left: bool) -> str:
    if not bidi.has_right_to_left(run.text) and not right_to_left:
        return _run(run, look, run.text, False)
    return "".join(
        _run(run, look, part, is_reversed) for part, is_reversed in bidi.stretches(run.text, right_to_left)
    )


def _run(run: Run, look: RunLook, text: str, right_to_left: bool) -> str:
    parts = []
    if run.code:
        parts.append(CODE_FONT)
    if run.bold or look.bold:
        parts.append("<w:b/><w:bCs/>")
    if run.italic:
        parts.append("<w:i/><w:iCs/>")
    if run.struck:
        parts.append("<w:strike/>")
    if run.code:
        parts.append("<w:noProof/>")
    colour = QUIET if run.quiet else LINK if run.link is not None else look.colour
    if colour is not None:
        parts.append(f'<w:color w:val="{colour}"/>')
    size = 9 if run.quiet else look.size
    if size is not None:
        parts.append(f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>')
    if run.link is not None:
        parts.append('<w:u w:val="single"/>')
    if run.code:
        parts.append(f'<w:shd w:val="clear" w:color="auto" w:fill="{CODE_FILL}"/>')
    if right_to_left:
        parts.append("<w:rtl/>")
    properties = f"<w:rPr>{''.join(parts)}</w:rPr>" if parts else ""
    return f"<w:r>{properties}{_text(text)}</w:r>"


def _text(text: str) -> str:
    return "".join(
        _BREAK_ELEMENTS.get(part) or f'<w:t xml:space="preserve">{escape(part)}</w:t>'
        for part in _BREAKS.split(text)
        if part
    )


def field(instruction: str, result: str, is_dirty: bool = False) -> str:
    """A field with the result that is shown until it is computed; `is_dirty` asks for that on opening."""
    dirty = ' w:dirty="true"' if is_dirty else ""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"{dirty}/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escape(instruction)} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'<w:r><w:t>{escape(result)}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
