"""Formatted text, independent of the format of the file and of the language it was written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one look. "\\n" in it is a line break.

    `link` is an http, https or mailto address; `quiet` text is an aside, in a lighter colour.
    """

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    struck: bool = False
    quiet: bool = False
    link: str | None = None

    @property
    def look(self) -> tuple[bool, bool, bool, bool, bool, str | None]:
        """Everything but the text."""
        return self.bold, self.italic, self.code, self.struck, self.quiet, self.link


Runs: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    runs: Runs


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` is 1 to 6 within the text, whatever the document around it uses."""

    level: int
    runs: Runs


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """`label` is what follows the opening fence: mostly the name of a language."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ListBlock:
    """`start` is the first number of an ordered list; None for a bullet list."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, the first row being the header; every row has as many cells as the first."""

    rows: tuple[tuple[Runs, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""


Block: TypeAlias = Paragraph | Heading | CodeBlock | Quote | ListBlock | Table | Rule


def paragraphs(text: str) -> tuple[Block, ...]:
    """Plain text as paragraphs: blank lines part them, other line ends stay."""
    parts = (part.strip("\n") for part in text.split("\n\n"))
    return tuple(Paragraph((Run(part),)) for part in parts if part.strip())
