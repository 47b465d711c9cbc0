"""The parts of the document as rows: title page, table of contents, and questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from adapters.documents.bidi import starts_right_to_left
from adapters.documents.blocks import Block, Paragraph, Run
from adapters.documents.markdown import from_markdown, from_plain_with_code
from adapters.documents.outline import NumberedQuestion, TitleFacts, TopicGroup, question_facts
from adapters.documents.pdf.flow import block_rows
from adapters.documents.pdf.lines import first_line, lines
from adapters.documents.pdf.paragraphs import Column, paragraph_rows, stretches
from adapters.documents.pdf.rows import Fill, Placed, Row, gap
from adapters.documents.pdf.theme import (
    ACCENT,
    COLUMN_WIDTH,
    CONTENTS_QUESTION,
    CONTENTS_TITLE,
    CONTENTS_TOPIC,
    DIFFICULTY_COLOURS,
    EYEBROW,
    FACT,
    FACT_NAME,
    FAINT,
    HAIRLINE,
    LABEL,
    LONG_QUESTION,
    MARGIN,
    NOTE_BAR,
    NUMBER,
    NUMBER_WIDTH,
    PIN,
    QUESTION,
    ROLE,
    SMALL,
    TOPIC,
    Style,
)
from core.domain.library.exports import ExportOptions
from core.domain.library.questions import Question

_WHOLE = Column(MARGIN, COLUMN_WIDTH)
_FACT_NAMES_WIDTH = 92.0
_PAGE_NUMBER_WIDTH = 44.0
_KEPT_ANSWER_LINES = 3
# A longer question would be a page of bold type.
_LONGEST_BOLD_QUESTION = 300


def title_rows(facts: TitleFacts) -> Iterator[Row]:
    yield Row(150)
    yield Row(4, fills=(Fill(MARGIN, 48, ACCENT),))
    yield Row(16)
    yield from paragraph_rows([("INTERVIEW QUESTIONS", EYEBROW)], _WHOLE)
    yield Row(8)
    yield from paragraph_rows([(facts.role, ROLE)], _WHOLE)
    yield Row(30)
    yield from _fact_rows("Experience", facts.experience)
    yield from _fact_rows("Topics", ", ".join(facts.topics) or "none")
    yield from _fact_rows("Date", facts.date)
    yield from _fact_rows("Contents", facts.contents.capitalize())
    yield from _fact_rows("Questions", str(facts.question_count))
    yield from _fact_rows("Pinned", str(facts.pinned_count))
    yield Row(18)
    yield from _difficulty_rows(facts)


def _fact_rows(name: str, value: str) -> Iterator[Row]:
    column = Column(MARGIN + _FACT_NAMES_WIDTH, COLUMN_WIDTH - _FACT_NAMES_WIDTH)
    label = lines([(name, FACT_NAME)], _FACT_NAMES_WIDTH)[0]
    for index, row in enumerate(paragraph_rows([(value, FACT)], column)):
        yield replace(row, placed=(Placed(MARGIN, label, 1.5), *row.placed)) if index == 0 else row
    yield Row(5)


def _difficulty_rows(facts: TitleFacts) -> Iterator[Row]:
    """A bar in the proportion of the difficulties, and its key."""
    fills = []
    x = MARGIN
    for difficulty, count in facts.counts:
        width = COLUMN_WIDTH * count / max(facts.question_count, 1)
        fills.append(Fill(x, max(width - 1.5, 0), DIFFICULTY_COLOURS[difficulty]))
        x += width
    yield Row(6, fills=tuple(fills))
    yield Row(8)
    key: list[tuple[str, Style]] = []
    for difficulty, count in facts.counts:
        key.append(("●", replace(SMALL, colour=DIFFICULTY_COLOURS[difficulty])))
        key.append((f" {difficulty.value.capitalize()} {count}\u00a0\u00a0\u00a0\u00a0 ", FACT_NAME))
    yield from paragraph_rows(key, _WHOLE)


def contents_rows(groups: Sequence[TopicGroup], numbers: Mapping[str, int]) -> Iterator[Row]:
    """`numbers` has the page of every anchor; the rows are as high with any number in it."""
    yield from paragraph_rows([("Contents", CONTENTS_TITLE)], _WHOLE)
    yield Row(6)
    for group in groups:
        yield gap(9)
        yield _contents_row(group.name, CONTENTS_TOPIC, 0, "", group.anchor, numbers)
        for entry in group.questions:
            yield _contents_row(
                entry.title, CONTENTS_QUESTION, NUMBER_WIDTH, str(entry.number), entry.anchor, numbers
            )


def _contents_row(
    title: str, style: Style, indent: float, label: str, anchor: str, numbers: Mapping[str, int]
) -> Row:
    column = Column(MARGIN + indent, COLUMN_WIDTH - indent - _PAGE_NUMBER_WIDTH)
    line = first_line(title, style, column.width)
    number = first_line(str(numbers.get(anchor, 0)), style, _PAGE_NUMBER_WIDTH)
    placed = [column.place(line), Placed(MARGIN + COLUMN_WIDTH - number.width, number)]
    fills: tuple[Fill, ...] = ()
    if label:
        placed.insert(0, Placed(MARGIN, first_line(label, replace(style, colour=FACT_NAME.colour), indent)))
    # A hairline leads the eye from the end of the title to its number.
    start = column.x + column.width if line.right_to_left else column.x + line.width
    end = MARGIN + COLUMN_WIDTH - number.width
    if end - start > 16:
        fills = (Fill(start + 6, end - start - 12, HAIRLINE, line.ascent - 0.5, 0.5),)
    return Row(line.height, tuple(placed), fills, stays_with_next=not label, target=anchor)


def topic_rows(group: TopicGroup) -> Iterator[Row]:
    yield gap(26)
    count = len(group.questions)
    title = [(group.name, TOPIC), (f"   {count} question{'s' if count != 1 else ''}", SMALL)]
    for index, row in enumerate(paragraph_rows(title, _WHOLE)):
        yield replace(row, stays_with_next=True, anchor=group.anchor if index == 0 else None)
    yield Row(3, stays_with_next=True)
    yield Row(1.2, fills=(Fill(MARGIN, COLUMN_WIDTH, ACCENT),), stays_with_next=True)
    yield gap(4)


def question_rows(entry: NumberedQuestion, options: ExportOptions, is_first: bool) -> list[Row]:
    question = entry.question
    blocks = from_plain_with_code(question.text) or (Paragraph((Run(entry.title),)),)
    is_mirrored = starts_right_to_left(blocks)
    left = MARGIN if is_mirrored else MARGIN + NUMBER_WIDTH
    column = Column(left, COLUMN_WIDTH - NUMBER_WIDTH, mirrored=is_mirrored)
    head: list[Row] = [gap(10)]
    if not is_first:
        head += [gap(4), Row(0.6, fills=(Fill(MARGIN, COLUMN_WIDTH, HAIRLINE),), is_gap=True), gap(10)]
    head += _text_rows(entry, blocks, column)
    head += [Row(3), *paragraph_rows(_facts(question), column, is_at_right=is_mirrored)]
    parts = []
    if options.include_answers and question.answer.strip():
        answer = from_markdown(question.answer)
        place = replace(column, mirrored=starts_right_to_left(answer))
        parts.append([gap(7), *block_rows(answer, place)])
    if options.include_notes and question.notes.strip():
        parts.append(_note_rows(question.notes, column))
    rows = [replace(row, stays_with_next=True) for row in head]
    if not parts:
        rows[-1] = replace(rows[-1], stays_with_next=False)
        return rows
    return rows + [row for part in parts for row in _with_kept_start(part)]


def _text_rows(entry: NumberedQuestion, blocks: Sequence[Block], column: Column) -> list[Row]:
    is_long = len(entry.question.text) > _LONGEST_BOLD_QUESTION
    style = LONG_QUESTION if is_long else QUESTION
    rows = block_rows(blocks, column, style)
    number = first_line(str(entry.number), replace(NUMBER, size=style.size), NUMBER_WIDTH)
    x = MARGIN + COLUMN_WIDTH - number.width if column.mirrored else MARGIN
    rows[0] = replace(rows[0], placed=(Placed(x, number), *rows[0].placed), anchor=entry.anchor)
    return rows


def _facts(question: Question) -> list[tuple[str, Style]]:
    colour = DIFFICULTY_COLOURS[question.difficulty]
    text = [("● ", replace(SMALL, colour=colour)), (question.difficulty.value.capitalize(), SMALL)]
    if question.pinned:
        text += [("   ★ ", replace(SMALL, colour=PIN)), ("Pinned", SMALL)]
    for fact in question_facts(question):
        text += [("   |   ", replace(SMALL, colour=FAINT)), *stretches((Run(fact),), SMALL)]
    return text


def _note_rows(notes: str, column: Column) -> list[Row]:
    blocks = from_markdown(notes)
    is_mirrored = starts_right_to_left(blocks)
    inner = replace(column.barred(NOTE_BAR, on_right=is_mirrored), mirrored=is_mirrored)
    label = paragraph_rows([("NOTES", LABEL)], inner, is_at_right=is_mirrored)
    return [gap(9), *(replace(row, stays_with_next=True) for row in label), *block_rows(blocks, inner)]


def _with_kept_start(rows: Sequence[Row]) -> list[Row]:
    """The rows, of which the first lines of text stay on one page, together with what comes before them."""
    kept = []
    seen = 0
    for row in rows:
        seen += bool(row.placed)
        is_start = seen < _KEPT_ANSWER_LINES and row is not rows[-1]
        kept.append(replace(row, stays_with_next=True) if is_start else row)
    return kept
