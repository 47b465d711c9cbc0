"""The DOCX writer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from adapters.documents.docx import theme
from adapters.documents.docx.flow import Flow
from adapters.documents.docx.markup import RunLook, field, paragraph, plain_run
from adapters.documents.docx.package import written
from adapters.documents.docx.pagination import estimated_pages
from adapters.documents.docx.parts import contents, question_parts, title_page, topic_heading
from adapters.documents.outline import TitleFacts, by_topic, title_facts
from core.domain.library.exports import ExportFormat, SessionDocument

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
        with written(package, target) as body:
            flow = Flow(body.relate, body.new_list)
            body.append(title_page(facts))
            body.append(contents(groups, estimated_pages(groups, document.options)))
            done = 0
            for group in groups:
                body.append([topic_heading(group, is_first=group is groups[0])])
                for entry in group.questions:
                    on_progress(done)
                    body.append(question_parts(entry, document.options, flow))
                    done += 1
            on_progress(done)


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
