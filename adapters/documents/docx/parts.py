"""The parts of the document as WordprocessingML: title page, table of contents, and questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapters.documents.bidi import starts_right_to_left
from adapters.documents.blocks import Block, CodeBlock, Paragraph, Run
from adapters.documents.docx.flow import Flow, Place
from adapters.documents.docx.markup import (
    ParagraphLook,
    RunLook,
    field,
    paragraph,
    plain_run,
    runs_xml,
    text_of,
)
from adapters.documents.docx.theme import ACCENT, DIFFICULTY_COLOURS, NOTE_BAR, PIN, QUIET
from adapters.documents.markdown import from_markdown, from_plain_with_code
from adapters.documents.outline import NumberedQuestion, TitleFacts, TopicGroup, question_facts, shorten
from core.domain.library.exports import ExportOptions
from core.domain.library.questions import Question

_INDENT = 567  # 1 cm, where the text of a question stands
_NOTE_INDENT = 173
_LONGEST_HEADING = 300
_MOST_HEADING_LINES = 8
_TITLE_LENGTH = 78  # fits on a line of the contents
_QUIET = RunLook(colour=QUIET)


def title_page(facts: TitleFacts) -> Iterator[str]:
    yield paragraph(plain_run("INTERVIEW QUESTIONS"), "", ParagraphLook("Eyebrow"))
    yield paragraph(plain_run(facts.role), facts.role, ParagraphLook("Title"))
    for name, value in (
        ("Experience", facts.experience),
        ("Topics", ", ".join(facts.topics) or "none"),
        ("Date", facts.date),
        ("Contents", facts.contents.capitalize()),
        ("Questions", str(facts.question_count)),
        ("Pinned", str(facts.pinned_count)),
    ):
        yield paragraph(plain_run(f"{name}\t", _QUIET) + plain_run(value), "", ParagraphLook("Fact"))
    key = "".join(
        plain_run("● ", RunLook(colour=DIFFICULTY_COLOURS[difficulty]))
        + plain_run(f"{difficulty.value.capitalize()} {count}      ", _QUIET)
        for difficulty, count in facts.counts
    )
    yield paragraph(plain_run("Difficulty\t", _QUIET) + key, "", ParagraphLook("Fact"))


def contents(groups: Sequence[TopicGroup], pages: dict[str, int]) -> Iterator[str]:
    """A TOC field with its entries filled in; `pages` are those to show until Word has counted them."""
    yield paragraph(plain_run("Contents"), "", ParagraphLook("Contents Heading", page_break_before=True))
    opening = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    for group in groups:
        yield _entry("TOC 1", "", group.name, group.anchor, pages, opening)
        opening = ""
        for entry in group.questions:
            title = shorten(entry.title, _TITLE_LENGTH)
            yield _entry("TOC 2", f"{entry.number}\t", title, entry.anchor, pages, "")
    yield paragraph(f'{opening}<w:r><w:fldChar w:fldCharType="end"/></w:r>', "")


def _entry(style: str, label: str, title: str, anchor: str, pages: dict[str, int], opening: str) -> str:
    name = bookmark_name(anchor)
    number = field(f"PAGEREF {name} \\h", str(pages[anchor]), is_dirty=True)
    content = f"{plain_run(label)}{plain_run(title)}<w:r><w:tab/></w:r>{number}"
    link = f'<w:hyperlink w:anchor="{name}" w:history="1">{content}</w:hyperlink>'
    return paragraph(opening + link, "", ParagraphLook(style))


def bookmark_name(anchor: str) -> str:
    return f"_Toc_{anchor.replace('-', '_')}"


def _bookmarked(content: str, anchor: str, identifier: int) -> str:
    return (
        f'<w:bookmarkStart w:id="{identifier}" w:name="{bookmark_name(anchor)}"/>{content}'
        f'<w:bookmarkEnd w:id="{identifier}"/>'
    )


def topic_heading(group: TopicGroup, is_first: bool) -> str:
    count = len(group.questions)
    aside = plain_run(f"   {count} question{'s' if count != 1 else ''}", RunLook(colour=QUIET, size=9))
    content = _bookmarked(plain_run(group.name), group.anchor, 100_000 + group.number) + aside
    look = ParagraphLook("Heading 1", stays_with_next=True, bottom=ACCENT, page_break_before=is_first)
    return paragraph(content, group.name, look)


def question_parts(entry: NumberedQuestion, options: ExportOptions, flow: Flow) -> Iterator[str]:
    question = entry.question
    text = from_plain_with_code(question.text)
    answer = from_markdown(question.answer) if options.include_answers else ()
    notes = from_markdown(question.notes) if options.include_notes else ()
    is_mirrored = starts_right_to_left(text)
    look = ParagraphLook().indented(_INDENT, on_right=is_mirrored)
    yield from _text(entry, text, flow, look)
    yield _facts(question, replace(look, is_at_right=is_mirrored, stays_with_next=bool(answer or notes)))
    yield from flow.blocks(answer, Place(look, mirrored=starts_right_to_left(answer)))
    if notes:
        is_mirrored = starts_right_to_left(notes)
        look = look.barred(NOTE_BAR, _NOTE_INDENT, on_right=is_mirrored)
        label = replace(look, style="Notes Label", stays_with_next=True, is_at_right=is_mirrored)
        yield paragraph(plain_run("NOTES"), "", label)
        yield from flow.blocks(notes, Place(look, mirrored=is_mirrored))


def _text(entry: NumberedQuestion, blocks: Sequence[Block], flow: Flow, look: ParagraphLook) -> Iterator[str]:
    """The question as a heading; of a long one, which would fill the contents, only the number is in it."""
    is_mirrored = starts_right_to_left(blocks)
    match blocks:
        case [Paragraph(runs), *rest] if _is_short(text_of(runs)):
            heading, blocks = runs, rest
        case _:
            heading = (Run(f"Question {entry.number}" if blocks else entry.title),)
    number = plain_run(f"{entry.number}\t", RunLook(colour=ACCENT))
    content = _bookmarked(number + runs_xml(heading, flow.relate), entry.anchor, entry.number)
    title_look = ParagraphLook("Heading 2", stays_with_next=True, right_to_left=is_mirrored)
    yield paragraph(content, text_of(heading), title_look)
    # Only the end is kept with what follows: Word and LibreOffice leave a page empty before a text that is to
    # stay whole and cannot.
    yield from flow.blocks(blocks[:-1], Place(look))
    if blocks:
        is_kept = _is_short(_written(blocks[-1]))
        yield from flow.blocks(blocks[-1:], Place(replace(look, stays_with_next=is_kept)))


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST_HEADING and text.count("\n") < _MOST_HEADING_LINES


def _written(block: Block) -> str:
    """What a question consists of: paragraphs and code."""
    match block:
        case Paragraph(runs):
            return text_of(runs)
        case CodeBlock(text):
            return text
        case _:
            return ""


def _facts(question: Question, look: ParagraphLook) -> str:
    parts = [
        plain_run("● ", RunLook(colour=DIFFICULTY_COLOURS[question.difficulty])),
        plain_run(question.difficulty.value.capitalize()),
    ]
    if question.pinned:
        parts += [plain_run("   ★ ", RunLook(colour=PIN)), plain_run("Pinned")]
    parts += [plain_run(f"   |   {fact}") for fact in question_facts(question)]
    return paragraph("".join(parts), "", replace(look, style="Facts"))
