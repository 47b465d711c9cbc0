"""Markdown to blocks.

CommonMark with tables and strikethrough, read so that no text gets lost: raw HTML, character entities and
link definitions stand as they were written, line ends stay line ends, and links other than http, https and
mailto stay in their source form.
A text beyond the bounds is shown as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.documents.blocks import (
    Block,
    CodeBlock,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
    paragraphs,
)
from adapters.documents.markdown_bounds import BEYOND_BOUNDS, MAX_NESTING, MAX_RUNS, keep_within_bounds
from adapters.documents.printable import printable

_PRINTED_SCHEMES = re.compile(r"(?:https?|mailto):", re.IGNORECASE)


def _parser(preset: str, enabled: list[str], disabled: list[str]) -> MarkdownIt:
    parser = MarkdownIt(preset, {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(enabled).disable(disabled)
    parser.validateLink = lambda url: _PRINTED_SCHEMES.match(url) is not None  # type: ignore[method-assign]
    keep_within_bounds(parser)
    return parser


_MARKDOWN = _parser(
    "commonmark",
    enabled=["table", "strikethrough"],
    disabled=["html_block", "html_inline", "entity", "reference"],
)
_CODE_ONLY = _parser("zero", enabled=["fence", "backticks"], disabled=[])


def from_markdown(text: str) -> tuple[Block, ...]:
    return _blocks(_MARKDOWN, printable(text))


def from_plain_with_code(text: str) -> tuple[Block, ...]:
    """Plain text with code spans and fenced code as its only markup, so that `__init__` stays as it is."""
    return _blocks(_CODE_ONLY, printable(text))


def _blocks(parser: MarkdownIt, text: str) -> tuple[Block, ...]:
    found: dict[str, bool] = {}
    tokens = parser.parse(text, found)
    if BEYOND_BOUNDS in found:
        return paragraphs(text)
    try:
        return _Builder().build(tokens)
    except _TooManyRuns:
        return paragraphs(text)


class _TooManyRuns(Exception):
    pass


@dataclass(slots=True)
class _Container:
    """A block that is still open, and what has been found inside it so far."""

    kind: str
    start: int | None = None
    blocks: list[Block] = field(default_factory=list)
    items: list[tuple[Block, ...]] = field(default_factory=list)
    rows: list[tuple[Runs, ...]] = field(default_factory=list)
    cells: list[Runs] = field(default_factory=list)


class _Builder:
    def __init__(self) -> None:
        self._open = [_Container("document")]
        self._heading_level: int | None = None
        self._in_cell = False
        self._runs = 0

    def build(self, tokens: Sequence[Token]) -> tuple[Block, ...]:
        for token in tokens:
            if token.type == "inline":
                self._text(runs(token.children or []))
            elif token.nesting == 1:
                self._enter(token)
            elif token.nesting == -1:
                self._leave(token)
            else:
                self._leaf(token)
        return tuple(self._open[0].blocks)

    def _text(self, content: Runs) -> None:
        self._runs += len(content)
        if self._runs > MAX_RUNS:
            raise _TooManyRuns
        innermost = self._open[-1]
        if self._in_cell:
            innermost.cells.append(content)
        elif self._heading_level is not None:
            innermost.blocks.append(Heading(self._heading_level, content))
        elif content:
            innermost.blocks.append(Paragraph(content))

    def _leaf(self, token: Token) -> None:
        if token.type in ("fence", "code_block"):
            text = token.content.removesuffix("\n")
            self._open[-1].blocks.append(CodeBlock(text, token.info.strip()))
        elif token.type == "hr":
            self._open[-1].blocks.append(Rule())

    def _enter(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._heading_level = int(token.tag[1:])
            case "ordered_list_open":
                start = token.attrGet("start")
                self._open.append(_Container("list", start=1 if start is None else int(start)))
            case "bullet_list_open":
                self._open.append(_Container("list"))
            case "list_item_open":
                self._open.append(_Container("item"))
            case "blockquote_open":
                self._open.append(_Container("quote"))
            case "table_open":
                self._open.append(_Container("table"))
            case "td_open" | "th_open":
                self._in_cell = True

    def _leave(self, token: Token) -> None:
        match token.type:
            case "heading_close":
                self._heading_level = None
            case "td_close" | "th_close":
                self._in_cell = False
            case "tr_close":
                self._open[-1].rows.append(tuple(self._open[-1].cells))
                self._open[-1].cells.clear()
            case "ordered_list_close" | "bullet_list_close":
                closed = self._open.pop()
                self._open[-1].blocks.append(ListBlock(tuple(closed.items), closed.start))
            case "list_item_close":
                closed = self._open.pop()
                self._open[-1].items.append(tuple(closed.blocks))
            case "blockquote_close":
                closed = self._open.pop()
                self._open[-1].blocks.append(Quote(tuple(closed.blocks)))
            case "table_close":
                closed = self._open.pop()
                self._open[-1].blocks.append(Table(tuple(closed.rows)))


def runs(tokens: Sequence[Token]) -> Runs:
    """The runs of inline tokens. A link that does not show its address is followed by it, for paper."""
    found: list[Run] = []
    look = Run("")
    link_starts_at = 0
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                found.append(replace(look, text=token.content))
            case "softbreak" | "hardbreak":
                found.append(replace(look, text="\n"))
            case "code_inline":
                found.append(replace(look, text=token.content, code=True))
            case "strong_open" | "strong_close":
                look = replace(look, bold=token.nesting == 1)
            case "em_open" | "em_close":
                look = replace(look, italic=token.nesting == 1)
            case "s_open" | "s_close":
                look = replace(look, struck=token.nesting == 1)
            case "link_open":
                look = replace(look, link=str(token.attrGet("href") or ""))
                link_starts_at = len(found)
            case "link_close":
                address, look = look.link or "", replace(look, link=None)
                _print_address(found, link_starts_at, address)
            case "image":
                address = str(token.attrGet("src") or "")
                start = len(found)
                found.append(replace(look, text=token.content, link=address))
                _print_address(found, start, address)
    return _joined(found)


def _print_address(found: list[Run], start: int, address: str) -> None:
    text = "".join(run.text for run in found[start:])
    if text.strip() in (address, address.removeprefix("mailto:")):
        return
    separator = " " if text else ""
    found.append(Run(f"{separator}({address})", quiet=True, link=address))


def _joined(found: Sequence[Run]) -> Runs:
    """Neighbours in one look become one run; empty runs go."""
    joined: list[Run] = []
    for run in found:
        if not run.text:
            continue
        if joined and joined[-1].look == run.look:
            joined[-1] = replace(run, text=joined[-1].text + run.text)
        else:
            joined.append(run)
    return tuple(joined)
