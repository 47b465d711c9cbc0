from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from adapters.documents.bidi import starts_right_to_left
from adapters.documents.markdown import from_markdown
from adapters.documents.outline import NumberedQuestion
from adapters.documents.pdf.flow import block_rows
from adapters.documents.pdf.paragraphs import Column
from adapters.documents.pdf.parts import question_rows
from adapters.documents.pdf.rows import Row
from adapters.documents.pdf.writer import PdfWriter
from core.domain.library.exports import ExportFormat, ExportOptions, SessionDocument
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import Experience, Session

_NOW = datetime(2025, 11, 23, 9, 30, tzinfo=UTC)
_SESSION = Session("session", "user", "Engineer", Experience.MID, (), _NOW, _NOW)
_QUESTION = Question("q", "session", "user", "?", "", Difficulty.EASY, "T", QuestionSource.BANK, _NOW, _NOW)


def _text(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def _squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
def read(write):
    return lambda content: PdfReader(write(PdfWriter(), content))


def test_it_works(document, question, read):
    reader = read(document(question(pinned=True), question(topic="Databases", difficulty=Difficulty.HARD)))

    title, contents, body = (page.extract_text() for page in reader.pages)
    assert "Senior Python engineer" in title
    assert "Senior level" in title
    assert "Concurrency, Databases" in title
    assert "23 November 2025" in title
    assert "Easy 0" in title
    assert "Medium 1" in title
    assert "Hard 1" in title
    assert "Contents" in contents
    assert body.index("Concurrency") < body.index("Databases")
    assert body.count("What does the lock protect?") == 2
    assert body.count("Pinned") == 1
    assert "python, gil" in body
    assert "It protects reference counts." in body


def test_its_format_is_pdf():
    assert PdfWriter().format is ExportFormat.PDF


def test_every_page_but_the_title_has_its_number_and_the_total(document, read):
    pages = [page.extract_text() for page in read(document()).pages]

    assert [f"{number} / {len(pages)}" in text for number, text in enumerate(pages, 1)] == [False, True, True]


def test_the_contents_name_and_link_the_right_pages(document, question, read):
    questions = [
        question(topic=f"Topic {n % 3}", text=f"Question {n}?", answer="x\n\n" * 40) for n in range(30)
    ]

    reader = read(document(*questions))

    contents = reader.pages[1]
    numbers = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, 1)}
    linked = [
        numbers[annotation.get_object()["/Dest"][0].idnum]
        for annotation in sorted(contents["/Annots"], key=lambda item: -item.get_object()["/Rect"][1])
    ]
    listed = [int(line.split()[-1]) for line in contents.extract_text().splitlines()[1:-1]]
    for number, target in enumerate(linked[1:11], 1):
        assert f"Question {(number - 1) * 3}?" in reader.pages[target - 1].extract_text()
    assert len(linked) == 33
    assert listed == linked


def test_the_outline_has_topics_with_their_questions(document, question, read):
    outline = read(document(question(), question(topic="Databases"))).outline

    assert [entry.title if not isinstance(entry, list) else entry[0].title for entry in outline] == [
        "Concurrency",
        "1. What does the lock protect?",
        "Databases",
        "2. What does the lock protect?",
    ]


def test_the_file_describes_itself(document, read):
    metadata = read(document(role="Инженер 工程师")).metadata

    assert metadata.title == "Инженер 工程师: interview questions"
    assert metadata["/Keywords"] == "Concurrency, Databases"


def test_answers_and_notes_are_there_as_asked(document, question, read):
    asked = question(answer="the answer", notes="the notes")

    without = _text(read(document(asked, options=ExportOptions(include_answers=False))))
    with_both = _text(read(document(asked, options=ExportOptions(include_notes=True))))

    assert "the answer" not in without
    assert "the notes" not in without
    assert "the answer" in with_both
    assert "the notes" in with_both


def test_markdown_is_rendered(document, question, read):
    answer = "# Head\n\n1. one\n   - two\n\n```python\nprint( 1 )\n```\n\n> said\n\n|col|\n|-|\n|cell|\n"

    text = _text(read(document(question(answer=answer))))

    for shown in ("Head", "1.", "one", "two", "print( 1 )", "said", "col", "cell"):
        assert shown in text
    for markup in ("# Head", "```", "> said", "|col"):
        assert markup not in text


def test_links_lead_to_the_web_and_to_mail_only(document, question, read):
    answer = "[a](https://example.com/?a=1&b=(2)) [m](mailto:a@example.com) [bad](javascript:alert(1))"

    page = read(document(question(answer=answer))).pages[2]

    addresses = {annotation.get_object()["/A"]["/URI"] for annotation in page["/Annots"]}
    assert addresses == {"https://example.com/?a=1&b=(2)", "mailto:a@example.com"}


@pytest.mark.parametrize("text", ["<b>bold</b>", "&nbsp;", "{{x}}", "a & b < c > d", "<para>", "</font>"])
def test_what_looks_like_markup_stays_as_it_is(document, question, read, text):
    assert _text(read(document(question(text=text, answer=text)))).count(text) >= 3


@pytest.mark.parametrize(
    "text",
    [
        "Многопоточность",
        "Πολυνημάτωση",
        "Những ưu điểm",
        "多线程",
        "マルチスレッド",
        "멀티스레딩",
        "∀x ≤ ∞ → ⌈x⌉",
        "┌─┐",
        "გამარჯობა",
        "Բարև",
        "ሰላም",
    ],
)
def test_other_scripts_show_as_themselves(document, question, read, text):
    assert _squeezed(text) in _squeezed(_text(read(document(question(answer=text)))))


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("السلام عليكم", "NotoSansArabic"),
        ("שלום עולם", "NotoSansHebrew"),
        ("नमस्ते", "NotoSansDevanagari"),
        ("நன்றி", "NotoSansTamil"),
        ("สวัสดี", "NotoSansThai"),
        ("🎉", "NotoEmoji"),
        ("多线程", "DroidSansFallback"),
        ("멀티", "NotoSansKR"),
    ],
)
def test_their_fonts_are_embedded(document, question, read, text, font):
    reader = read(document(question(answer=text)))

    fonts = [entry.get_object() for entry in reader.pages[2]["/Resources"]["/Font"].values()]
    embedded = [entry["/BaseFont"] for entry in fonts if "/FontFile2" in entry.get("/FontDescriptor", {})]
    assert any(font in name for name in embedded)


def test_joined_letters_can_be_copied(document, question, write):
    reader = PdfReader(write(PdfWriter(), document(question(answer="नमस्ते 🎉"))))

    drawn = reader.pages[2].get_contents().get_data()
    assert b"/ActualText <FEFF" + "नमस्ते".encode("utf-16-be").hex().upper().encode() in drawn
    assert b"/ActualText <FEFF" + "🎉".encode("utf-16-be").hex().upper().encode() in drawn


def test_pointed_hebrew_is_drawn_after_hebrew(document, question, read):
    assert len(read(document(question(answer="שלום שָׁלוֹם שָׁ ָשׁ"))).pages) == 3


def test_a_character_without_a_glyph_is_named(document, question, read):
    assert "[U+12000]" in _text(read(document(question(answer="cuneiform 𒀀"))))


def test_long_words_are_parted(document, question, read):
    text = _squeezed(_text(read(document(question(answer="Ж" * 5_000)))))

    assert text.count("Ж") == 5_000


def test_a_question_stays_with_the_first_lines_of_its_answer(document, question, read):
    for filling in range(25, 45):
        first = question(text="First?", answer="\n\n".join(["filler"] * filling))
        second = question(text="Second?", answer="alpha\nbeta\ngamma\ndelta\nepsilon")

        pages = [page.extract_text() for page in read(document(first, second)).pages[2:]]

        page = next(text for text in pages if "Second?" in text)
        assert "alpha" in page
        assert "beta" in page


def test_code_goes_on_on_the_next_page(document, question, read):
    code = "\n".join(f"line_{number}()" for number in range(150))

    pages = [page.extract_text() for page in read(document(question(answer=f"```\n{code}\n```"))).pages[2:]]

    assert len(pages) >= 2
    assert [sum(f"line_{number}()" in page for page in pages) for number in range(150)] == [1] * 150


def _rows_of(answer: str) -> list[Row]:
    blocks = from_markdown(answer)
    return block_rows(blocks, Column(100, 400, mirrored=starts_right_to_left(blocks)))


def _row_with(rows: list[Row], text: str) -> Row:
    return next(row for row in rows if text in _shown(row))


def _shown(row: Row) -> str:
    return "".join(glyphs.text for placed in row.placed for glyphs in placed.line.glyphs)


def _starts(row: Row) -> list[float]:
    """Where on the page the lines of the row start, in the order in which they are read."""
    return [placed.x for placed in row.placed]


def _side_of_bar(row: Row) -> str:
    """On which side of the text the upright bar of a quote or of notes is."""
    (bar,) = [fill.x for fill in row.fills if fill.width < row.height]
    (text,) = row.placed
    if bar < text.x:
        return "left"
    assert bar > text.x + text.line.width, "it is on the text"
    return "right"


def test_the_bar_of_a_quote_stands_where_its_text_starts():
    assert _side_of_bar(_row_with(_rows_of("> שלום"), "שלום")) == "right"
    assert _side_of_bar(_row_with(_rows_of("> hello"), "hello")) == "left"
    assert _side_of_bar(_row_with(_rows_of("שלום\n\n> hello"), "hello")) == "left"


def test_a_table_in_a_text_from_right_to_left_is_mirrored():
    table = "|GIL|b|\n|-|-|\n|1|2|\n"

    mirrored, plain = (_row_with(_rows_of(text + table), "GIL") for text in ("שלום\n\n", "hello\n\n"))

    first, second = _starts(mirrored)
    assert second < first
    assert min(_starts(plain)) < max(_starts(plain)) < min(_starts(mirrored))
    first, second = _starts(plain)
    assert first < second


def test_the_number_of_a_question_from_right_to_left_is_on_the_right():
    def number_and_text(text: str) -> list[float]:
        entry = NumberedQuestion(7, replace(_QUESTION, text=text), text)
        rows = question_rows(entry, ExportOptions(), is_first=True)
        return _starts(next(row for row in rows if row.anchor is not None))

    number, text = number_and_text("What?")
    assert number < text
    number, text = number_and_text("מה?")
    assert number > text


def test_right_to_left_notes_have_bar_and_label_on_the_right():
    entry = NumberedQuestion(1, replace(_QUESTION, notes="הערה"), "?")

    rows = question_rows(entry, ExportOptions(include_notes=True), is_first=True)

    note, label = _row_with(rows, "הערה"), _row_with(rows, "NOTES")
    assert _side_of_bar(note) == _side_of_bar(label) == "right"
    ends = [placed.x + placed.line.width for row in (note, label) for placed in row.placed]
    assert ends[0] == pytest.approx(ends[1]), "the label ends where the note does"


@pytest.mark.parametrize(
    "answer",
    [
        "word " * 200,
        "W" * 2_000,
        "> > > שלום " + "עולם " * 100,
        "|a|b|\n|-|-|\n" + f"|{'long text ' * 60}|{'W' * 300}|\n",
        "```\n" + "x = 1; " * 60 + "\n```",
        "1. one\n   - two\n      - three " + "deep " * 100,
    ],
)
def test_nothing_is_outside_the_margins_of_the_page(document, question, read, answer):
    for page in read(document(question(answer=answer, notes=answer), role="Engineer " * 12)).pages:
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        margin = width / 20
        for x, y in _corners(page):
            assert margin < x < width - margin
            assert 0 < y < height


def _corners(page) -> Iterator[tuple[float, float]]:
    """Where each text of the page starts, and where areas start and end."""
    found: list[tuple[float, float]] = []

    def text_starts(text, _, matrix, *__):
        if text.strip():
            found.append((matrix[4], matrix[5]))

    def area_drawn(operator, operands, *_):
        if operator == b"re":
            x, y, width, height = map(float, operands)
            found.extend([(x, y), (x + width, y + height)])

    page.extract_text(visitor_text=text_starts, visitor_operand_before=area_drawn)
    assert found
    yield from found


def test_a_long_cell_does_not_part_the_words_of_the_short_ones(document, question, read):
    answer = f"|a|internationalization|\n|-|-|\n|{'long text ' * 60}|x|\n"

    assert "internationalization" in _text(read(document(question(answer=answer))))


def test_it_tells_its_progress(document, question):
    told: list[int] = []

    PdfWriter().write(document(*[question() for _ in range(30)]), io.BytesIO(), told.append)

    assert told == list(range(31))


def test_what_progress_raises_stops_it(document, question):
    def cancel(done: int) -> None:
        raise InterruptedError(done)

    with pytest.raises(InterruptedError):
        PdfWriter().write(document(*[question() for _ in range(30)]), io.BytesIO(), cancel)


@settings(max_examples=20, deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.text("*_`#>-|[]()! \n\tשقक्🏽\u200dé", max_size=60),
)
def test_no_text_stops_it(text, markup):
    asked = replace(
        _QUESTION, text=text, answer=markup, notes=text, topic=markup, category=text, tags=(markup,)
    )
    options = ExportOptions(include_notes=True)
    document = SessionDocument(replace(_SESSION, role=text, topics=(markup,)), (asked,), options, _NOW)

    target = io.BytesIO()
    PdfWriter().write(document, target, lambda done: None)

    assert target.getvalue().startswith(b"%PDF")
