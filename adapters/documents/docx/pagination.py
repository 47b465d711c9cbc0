"""About which page a question will be on: what the contents show until Word has counted for itself."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.documents.outline import NumberedQuestion, TopicGroup
from core.domain.library.exports import ExportOptions

_LINES_ON_A_PAGE = 42.0
_ENTRIES_ON_A_PAGE = 46
_CHARACTERS_ON_A_LINE = 82
_PAGES_BEFORE_CONTENTS = 1


def estimated_pages(groups: Sequence[TopicGroup], options: ExportOptions) -> dict[str, int]:
    """The page of every anchor, from the length of the text."""
    entries = sum(1 + len(group.questions) for group in groups)
    before = _PAGES_BEFORE_CONTENTS + -(-(entries + 3) // _ENTRIES_ON_A_PAGE) + 1
    pages: dict[str, int] = {}
    lines = 0.0
    for group in groups:
        pages[group.anchor] = before + int(lines / _LINES_ON_A_PAGE)
        lines += 4
        for entry in group.questions:
            pages[entry.anchor] = before + int(lines / _LINES_ON_A_PAGE)
            lines += _lines(entry, options)
    return pages


def _lines(entry: NumberedQuestion, options: ExportOptions) -> float:
    question = entry.question
    texts = [question.text]
    if options.include_answers:
        texts.append(question.answer)
    if options.include_notes and question.notes:
        texts.append(f"NOTES\n{question.notes}")
    return 3 + sum(
        1 + len(line) // _CHARACTERS_ON_A_LINE for text in texts for line in text.splitlines() if line.strip()
    )
