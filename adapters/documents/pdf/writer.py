"""The PDF writer: lays out the questions, then the contents with their page numbers, then draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from adapters.documents.outline import TitleFacts, TopicGroup, by_topic, title_facts
from adapters.documents.pdf.pages import Pages
from adapters.documents.pdf.painter import Painter
from adapters.documents.pdf.parts import contents_rows, question_rows, title_rows, topic_rows
from core.domain.library.exports import ExportFormat, ExportOptions, SessionDocument

# Text in place of bytes makes a file a quarter bigger, and is of no use outside of mail from long ago.
rl_config.useA85 = 0


class PdfWriter:
    @property
    def format(self) -> ExportFormat:
        return ExportFormat.PDF

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        facts, groups = title_facts(document), by_topic(document)
        body = _body(groups, document.options, on_progress)
        title = Pages()
        title.add(title_rows(facts))
        title.finish()
        # How many pages the contents take does not depend on the numbers in it.
        before = len(title.pages) + len(_contents(groups, {}).pages)
        numbers = {anchor: before + index + 1 for anchor, index in body.page_of.items()}
        contents = _contents(groups, numbers)

        canvas = Canvas(target, pagesize=A4, pageCompression=1, lang="en")
        _describe(canvas, facts)
        _add_outline(canvas, groups)
        painter = Painter(canvas, before + len(body.pages), facts.role)
        for page in title.pages:
            painter.paint(page, with_footer=False)
        for page in (*contents.pages, *body.pages):
            painter.paint(page)
        canvas.save()


def _body(groups: Sequence[TopicGroup], options: ExportOptions, on_progress: Callable[[int], None]) -> Pages:
    pages = Pages()
    done = 0
    for group in groups:
        pages.add(topic_rows(group))
        for entry in group.questions:
            on_progress(done)
            pages.add(question_rows(entry, options, is_first=entry is group.questions[0]))
            done += 1
    pages.finish()
    on_progress(done)
    return pages


def _contents(groups: Sequence[TopicGroup], numbers: dict[str, int]) -> Pages:
    pages = Pages()
    pages.add(contents_rows(groups, numbers))
    pages.finish()
    return pages


def _describe(canvas: Canvas, facts: TitleFacts) -> None:
    canvas.setTitle(f"{facts.role}: interview questions")
    canvas.setSubject(f"{facts.question_count} interview questions, {facts.experience.lower()}, {facts.date}")
    canvas.setKeywords(", ".join(facts.topics))
    canvas.setAuthor("Interview Prep")
    canvas.setCreator("Interview Prep")


def _add_outline(canvas: Canvas, groups: Sequence[TopicGroup]) -> None:
    for group in groups:
        canvas.addOutlineEntry(group.name, group.anchor, 0, closed=True)
        for entry in group.questions:
            canvas.addOutlineEntry(f"{entry.number}. {entry.title}", entry.anchor, 1)
    canvas.showOutline()
