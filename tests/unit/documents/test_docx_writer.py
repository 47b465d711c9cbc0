from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Twips
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.documents.docx.writer import DocxWriter
from core.domain.library.exports import ExportFormat, ExportOptions, SessionDocument
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session

_NOW = datetime(2025, 11, 23, 9, 30, tzinfo=UTC)
_SESSION = Session("session", "user", "Engineer", Experience.MID, (), _NOW, _NOW)
_QUESTION = Question("q", "session", "user", "?", "", Difficulty.EASY, "T", QuestionSource.BANK, _NOW, _NOW)


@pytest.fixture
def read(write):
    return lambda content: docx.Document(write(DocxWriter(), content))


def _texts(package, style=None):
    return [item.text for item in package.paragraphs if style is None or item.style.name == style]


def _containing(package, text):
    return next(
        item for item in package.paragraphs if text in item.text and not item.style.name.startswith("TOC")
    )


def test_it_works(document, question, read):
    package = read(document(question(pinned=True), question(topic="Databases", difficulty=Difficulty.HARD)))

    assert _texts(package, "Title") == ["Senior Python engineer"]
    assert "Experience\tSenior level" in _texts(package, "Fact")
    assert "Topics\tConcurrency, Databases" in _texts(package, "Fact")
    assert "Date\t23 November 2025" in _texts(package, "Fact")
    assert "Easy 0" in _texts(package, "Fact")[-1]
    assert [text.split("   ")[0] for text in _texts(package, "Heading 1")] == ["Concurrency", "Databases"]
    assert _texts(package, "Heading 2") == [
        "1\tWhat does the lock protect?",
        "2\tWhat does the lock protect?",
    ]
    assert _texts(package, "Facts") == [
        "● Medium   ★ Pinned   |   Technical   |   python, gil",
        "● Hard   |   Technical   |   python, gil",
    ]
    answer = _containing(package, "It protects")
    assert [(run.text, bool(run.bold)) for run in answer.runs] == [
        ("It protects ", False),
        ("reference counts", True),
        (".", False),
    ]


def test_its_format_is_docx():
    assert DocxWriter().format is ExportFormat.DOCX


def test_the_table_of_contents_links_to_the_headings(document, question, read):
    package = read(document(question(), question(topic="Databases")))

    xml = package.element.xml
    assert 'TOC \\o "1-2" \\h' in xml
    marks = {mark.get(qn("w:name")) for mark in package.element.iter(qn("w:bookmarkStart"))}
    entries = [item for item in package.paragraphs if item.style.name.startswith("TOC")]
    assert [item.style.name for item in entries] == ["TOC 1", "TOC 2", "TOC 1", "TOC 2"]
    for entry in entries:
        (link,) = entry._p.findall(qn("w:hyperlink"))
        anchor = link.get(qn("w:anchor"))
        assert anchor in marks
        assert f"PAGEREF {anchor} \\h" in "".join(node.text for node in link.iter(qn("w:instrText")))


def test_the_footer_counts_the_pages(document, read):
    xml = read(document()).sections[0].footer._element.xml

    assert " PAGE " in xml
    assert " NUMPAGES " in xml


def test_the_file_describes_itself(document, read):
    properties = read(document(role="Инженер 工程师")).core_properties

    assert properties.title == "Инженер 工程师: interview questions"
    assert properties.keywords == "Concurrency, Databases"


def test_answers_and_notes_are_there_as_asked(document, question, read):
    asked = question(answer="the answer", notes="the notes")

    without = _texts(read(document(asked, options=ExportOptions(include_answers=False))))
    with_both = _texts(read(document(asked, options=ExportOptions(include_notes=True))))

    assert not {"the answer", "the notes"} & set(without)
    assert {"the answer", "the notes"} <= set(with_both)


def test_markdown_is_rendered(document, question, read):
    answer = "# Head\n\n4. one\n   - two\n\n```python\nif x:\n    y\n```\n\n> said\n\n|col|\n|-|\n|cell|\n"

    package = read(document(question(answer=answer)))

    assert _texts(package, "Answer Heading 1") == ["Head"]
    assert _texts(package, "Code") == ["if x:\n    y"]
    assert _containing(package, "said")._p.pPr.find(qn("w:pBdr")) is not None
    (table,) = package.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["col"], ["cell"]]
    levels = [_containing(package, text)._p.pPr.numPr.ilvl.val for text in ("one", "two")]
    assert levels == [0, 1]


def test_every_ordered_list_starts_with_its_own_number(document, question, read):
    package = read(document(question(answer="4. four"), question(answer="1. uno")))

    numbers = [_containing(package, text)._p.pPr.numPr.numId.val for text in ("four", "uno")]
    numbering = package.part.numbering_part.element
    starts = [numbering.xpath(f"w:num[@w:numId='{number}']//w:startOverride/@w:val")[0] for number in numbers]
    assert starts == ["4", "1"]


def test_links_lead_to_the_web_and_to_mail_only(document, question, read):
    answer = '[a](https://example.com/?a=1&b="2") [m](mailto:a@example.com) [bad](javascript:alert(1))'

    package = read(document(question(answer=answer)))

    addresses = {relation.target_ref for relation in package.part.rels.values() if relation.is_external}
    assert addresses == {"https://example.com/?a=1&b=%222%22", "mailto:a@example.com"}


@pytest.mark.parametrize("text", ["<b>bold</b>", "&nbsp;", "{{x}}", "a & b < c > d", "]]>", "</w:t>"])
def test_what_looks_like_markup_stays_as_it_is(document, question, read, text):
    package = read(document(question(text=text, answer=text, topic=text)))

    assert _texts(package, "Heading 2") == [f"1\t{text}"]
    assert _texts(package, "Normal").count(text) == 1


def test_characters_that_xml_refuses_are_dropped(document, question, read):
    package = read(document(question(answer="a\x00b\x0bc\ufffe\ud800d")))

    assert "ab\nc\ufffdd" in _texts(package)


def test_right_to_left_text_is_marked(document, question, read):
    package = read(document(question(answer="שלום (GIL) עולם.\n\nplain"), role="مهندس"))

    answer, plain = _containing(package, "שלום"), _containing(package, "plain")
    assert answer._p.pPr.find(qn("w:bidi")) is not None
    marked = {run.text: run._r.find(f"{qn('w:rPr')}/{qn('w:rtl')}") is not None for run in answer.runs}
    assert marked["שלום"]
    assert not marked["GIL"]
    assert marked["."]
    assert plain._p.pPr.find(qn("w:bidi")) is None


def test_fonts_for_all_kinds_of_scripts_are_named(document, read):
    fonts = read(document()).styles.element.find(
        f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:rFonts')}"
    )

    assert all(fonts.get(qn(f"w:{kind}")) for kind in ("ascii", "hAnsi", "cs", "eastAsia"))


def test_a_question_stays_with_its_answer(document, question, read):
    package = read(document(question(text="Why?\n\n```\nf()\n```", answer="because")))

    kept = [item._p.pPr.keepNext is not None for item in package.paragraphs if item.style.name in _HEAD]
    assert kept == [True, True, True]
    assert _containing(package, "because")._p.pPr.keepNext is None


_HEAD = ("Heading 2", "Code", "Facts")


def test_a_long_question_does_not_fill_the_contents(document, question, read):
    text = "long " * 300

    package = read(document(question(text=text)))

    assert _texts(package, "Heading 2") == ["1\tQuestion 1"]
    assert text.strip() in {item.strip() for item in _texts(package, "Normal")}


@pytest.mark.parametrize(
    "text",
    ["Long " + "W" * 1_900, "a\n" * 145, "\n\n".join(["part"] * 80), "```\n" + "code\n" * 80 + "```"],
)
def test_a_long_question_may_part_after_its_first_lines(document, question, read, text):
    package = read(document(question(text=text, answer="because")))

    kept = [item._p.pPr.keepNext is not None for item in package.paragraphs]
    start = next(index for index, item in enumerate(package.paragraphs) if item.style.name == "Heading 2")
    assert kept[start]
    assert not kept[start + 1]


def test_facts_of_a_question_without_a_visible_answer_stay_alone(document, question, read):
    package = read(document(question(answer="\x00")))

    (facts,) = (item for item in package.paragraphs if item.style.name == "Facts")
    assert facts._p.pPr.keepNext is None


def _grid(package):
    (table,) = package.tables
    return [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.findall(qn("w:gridCol"))]


def _text_width(package):
    """Between the margins, in twentieths of a point, as the grid of a table is."""
    page = package.sections[0]
    return (page.page_width - page.left_margin - page.right_margin) / Twips(1)


def test_a_long_cell_does_not_squeeze_the_short_ones(document, question, read):
    alone = _grid(read(document(question(answer="|b|c|\n|-|-|\n|two **b**|c2|\n"))))
    answer = f"|a|b|c|\n|-|-|-|\n|{'long text ' * 30}|two **b**|c2|\n"

    long, *short = _grid(read(document(question(answer=answer))))

    assert short == alone
    assert long > sum(short)


@pytest.mark.parametrize("word", ["المستخدمون", "internationalization", "多线程"])
def test_a_column_is_wide_enough_for_its_longest_word(document, question, read, word):
    alone, *_ = _grid(read(document(question(answer=f"|{word}|\n|-|\n|x|\n"))))
    answer = f"|a|{word} {word}|\n|-|-|\n|{'long text ' * 60}|x|\n"

    _, narrow = _grid(read(document(question(answer=answer))))

    assert narrow >= alone


def test_no_table_is_wider_than_the_page(document, question, read):
    answer = f"|a|{'word' * 100}|c|\n|-|-|-|\n|{'long text ' * 60}|x|{'W' * 300}|\n"

    package = read(document(question(answer=answer)))

    assert sum(_grid(package)) <= _text_width(package)


def test_a_table_with_too_many_columns_is_text(document, question, read):
    row = "|" + "|".join(f"cell{number}" for number in range(25)) + "|\n"

    package = read(document(question(answer=row + "|-" * 25 + "|\n" + row)))

    assert not package.tables
    assert _texts(package, "Cell") == [" | ".join(f"cell{number}" for number in range(25))] * 2


def _side_of_bar(paragraph):
    borders = paragraph._p.pPr.find(qn("w:pBdr"))
    return [side for side in ("left", "right") if borders.find(qn(f"w:{side}")) is not None]


def test_the_bar_of_a_quote_stands_where_its_text_starts(document, question, read):
    package = read(document(question(answer="שלום\n\n> ציטוט\n>\n> plain\n\n---\n\n> quoted", notes="הערה")))

    assert _side_of_bar(_containing(package, "ציטוט")) == ["right"]
    assert _side_of_bar(_containing(package, "plain")) == ["right"]
    assert _side_of_bar(_containing(package, "quoted")) == ["left"]


def test_right_to_left_notes_have_bar_and_label_on_the_right(document, question, read):
    asked = question(notes="הערה")

    package = read(document(asked, options=ExportOptions(include_notes=True)))

    label = _containing(package, "NOTES")
    assert _side_of_bar(label) == _side_of_bar(_containing(package, "הערה")) == ["right"]
    assert label._p.pPr.find(qn("w:jc")).get(qn("w:val")) == "right"


def test_a_table_in_a_text_from_right_to_left_is_mirrored(document, question, read):
    table = "|GIL|נעילה|\n|-|-|\n|1|2|\n"

    mirrored, plain = (read(document(question(answer=text + table))) for text in ("שלום\n\n", "hello\n\n"))

    assert "<w:bidiVisual/>" in mirrored.element.xml
    assert sum(_grid(mirrored)) == pytest.approx(_text_width(mirrored), rel=0.01)
    assert "w:gridAfter" in mirrored.element.xml
    assert "<w:bidiVisual/>" not in plain.element.xml
    assert "w:gridAfter" not in plain.element.xml


@pytest.mark.parametrize("text", ["מה הנעילה?", "שאלה " * 100])
def test_a_question_from_right_to_left_stands_at_the_right(document, question, read, text):
    package = read(document(question(text=text)))

    (heading,) = (item for item in package.paragraphs if item.style.name == "Heading 2")
    (facts,) = (item for item in package.paragraphs if item.style.name == "Facts")
    assert heading._p.pPr.find(qn("w:bidi")) is not None
    assert facts._p.pPr.find(qn("w:jc")).get(qn("w:val")) == "right"
    indent = facts._p.pPr.find(qn("w:ind"))
    assert int(indent.get(qn("w:left"))) == 0 < int(indent.get(qn("w:right")))


def test_it_tells_its_progress(document, question):
    told: list[int] = []

    DocxWriter().write(document(*[question() for _ in range(30)]), io.BytesIO(), told.append)

    assert told == list(range(31))


@settings(max_examples=8, deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.text("*_`#>-|[]()! \n\tשق🏽\u200dé", max_size=60),
)
def test_no_text_stops_it(text, markup):
    asked = replace(
        _QUESTION, text=text, answer=markup, notes=text, topic=markup, category=text, tags=(markup,)
    )
    options = ExportOptions(include_notes=True)
    document = SessionDocument(replace(_SESSION, role=text, topics=(markup,)), (asked,), options, _NOW)

    target = io.BytesIO()
    DocxWriter().write(document, target, lambda done: None)

    assert docx.Document(target).paragraphs
