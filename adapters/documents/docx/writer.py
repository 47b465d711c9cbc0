"""The DOCX writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from adapters.documents.docx import theme
from adapters.documents.docx.flow import Flow
from adapters.documents.docx.markup import RunLook, field, paragraph, plain_run
from adapters.documents.docx.pagination import estimated_pages
from adapters.documents.docx.parts import contents, question_parts, title_page, topic_heading
from adapters.documents.outline import TitleFacts, by_topic, title_facts
from core.domain.library.exports import ExportFormat, SessionDocument

_PROGRESS_EVERY = 25
# What python-docx accepts in a core property.
_LONGEST_PROPERTY = 255


class DocxWriter:
    @property
    def format(self) -> ExportFormat:
        return ExportFormat.DOCX

    def write(self, document: SessionDocument, target: BinaryIO, on_progress: Callable[[int], None]) -> None:
        facts, groups = title_facts(document), by_topic(document)
        package = docx.Document()
        theme.apply(package)
        _describe(package, facts, document)
        _add_footer(package, facts)
        body = _Body(package)
        flow = Flow(body.relate, body.new_list)
        body.append(title_page(facts))
        body.append(contents(groups, estimated_pages(groups, document.options)))
        done = 0
        for group in groups:
            body.append([topic_heading(group, is_first=group is groups[0])])
            for entry in group.questions:
                body.append(question_parts(entry, document.options, flow))
                done += 1
                if done % _PROGRESS_EVERY == 0:
                    on_progress(done)
        on_progress(done)
        package.save(target)


class _Body:
    """The body of the document, to which XML is appended, and the lists and addresses that it refers to."""

    def __init__(self, package: Document) -> None:
        self._part = package.part
        self._element: Any = package.element.body
        self._end = self._element.sectPr
        self._numbering: Any = package.part.numbering_part.element
        self._relationships: dict[str, str] = {}
        self._lists = theme.NUMBERS

    def append(self, markup: Iterable[str]) -> None:
        namespaces = nsdecls("w", "r")
        for element in list(parse_xml(f"<w:body {namespaces}>{''.join(markup)}</w:body>")):
            self._end.addprevious(element)

    def relate(self, address: str) -> str:
        if address not in self._relationships:
            identifier = self._part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            self._relationships[address] = identifier
        return self._relationships[address]

    def new_list(self, level: int, start: int) -> int:
        self._lists += 1
        self._numbering.append(theme.list_number(self._lists, theme.NUMBERS, level, start))
        return self._lists


def _describe(package: Document, facts: TitleFacts, document: SessionDocument) -> None:
    properties = package.core_properties
    properties.title = f"{facts.role}: interview questions"[:_LONGEST_PROPERTY]
    properties.subject = f"{facts.question_count} interview questions, {facts.experience.lower()}"
    properties.keywords = ", ".join(facts.topics)[:_LONGEST_PROPERTY]
    properties.author = properties.last_modified_by = "Interview Prep"
    properties.comments = ""
    properties.created = properties.modified = document.created_at


def _add_footer(package: Document, facts: TitleFacts) -> None:
    footer = package.sections[0].footer
    look = RunLook(colour=theme.QUIET, size=9)
    content = (
        f"{plain_run(facts.role, look)}<w:r><w:tab/></w:r>{field('PAGE', '1')}{plain_run(' / ', look)}"
        f"{field('NUMPAGES', '1')}"
    )
    markup = paragraph(content, "").replace("<w:p>", f"<w:p {nsdecls('w', 'r')}>", 1)
    markup = markup.replace('w:val="Normal"', 'w:val="PageFooter"', 1)
    element: Any = footer._element
    for child in list(element):
        element.remove(child)
    element.append(parse_xml(markup))
