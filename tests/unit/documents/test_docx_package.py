from __future__ import annotations

import io
import time

import docx
import pytest

from adapters.documents.docx.markup import paragraph, plain_run
from adapters.documents.docx.package import written


@pytest.fixture
def target():
    return io.BytesIO()


def _row(columns: int) -> str:
    cell = f'<w:tc><w:tcPr><w:tcW w:w="680" w:type="dxa"/></w:tcPr>{paragraph(plain_run("a"), "a")}</w:tc>'
    return f"<w:tr>{cell * columns}</w:tr>"


def test_blocks_stand_in_their_order_before_the_page(target):
    with written(docx.Document(), target) as body:
        body.append([paragraph(plain_run("first"), "first")])
        body.append([paragraph(plain_run("second"), "second")])

    package = docx.Document(target)
    assert [item.text for item in package.paragraphs] == ["first", "second"]
    assert package.element.body[-1] is package.element.body.sectPr


def test_an_address_has_one_relationship(target):
    with written(docx.Document(), target) as body:
        first, same = body.relate("https://example.com/?a=1&b=2"), body.relate("https://example.com/?a=1&b=2")
        other = body.relate("mailto:ada@example.com")

    relationships = docx.Document(target).part.rels
    assert first == same != other
    assert relationships[first].target_ref == "https://example.com/?a=1&b=2"
    assert relationships[other].is_external


def test_many_cells_take_seconds_not_minutes(target):
    table = f"<w:tbl><w:tblPr/><w:tblGrid/>{_row(10) * 9_990}</w:tbl>"
    began = time.process_time()

    with written(docx.Document(), target) as body:
        body.append([table, paragraph("", "")])

    assert time.process_time() - began < 10
