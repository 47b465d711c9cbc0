from __future__ import annotations

import pytest

from adapters.documents.blocks import (
    CodeBlock,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Run,
    Table,
)
from adapters.documents.markdown import from_markdown, from_plain_with_code


def _text(blocks):
    return "".join(run.text for block in blocks for run in block.runs)


def test_it_works():
    blocks = from_markdown("# Title\n\nSome **bold** and *slanted* `code`.\n\n---")

    assert blocks == (
        Heading(1, (Run("Title"),)),
        Paragraph(
            (
                Run("Some "),
                Run("bold", bold=True),
                Run(" and "),
                Run("slanted", italic=True),
                Run(" "),
                Run("code", code=True),
                Run("."),
            )
        ),
        Rule(),
    )


def test_lists_nest_and_keep_their_first_number():
    blocks = from_markdown("3. three\n   - inner\n4. four")

    inner = ListBlock(((Paragraph((Run("inner"),)),),))
    assert blocks == (
        ListBlock(((Paragraph((Run("three"),)), inner), (Paragraph((Run("four"),)),)), start=3),
    )


def test_fenced_code_keeps_its_lines_and_names_its_language():
    assert from_markdown("```python\nif x:\n    y\n\n```") == (CodeBlock("if x:\n    y\n", "python"),)


def test_quotations_contain_blocks():
    assert from_markdown("> said\n> - so") == (
        Quote((Paragraph((Run("said"),)), ListBlock(((Paragraph((Run("so"),)),),)))),
    )


def test_tables_are_read():
    assert from_markdown("|a|b|\n|-|-|\n|1|`2`|") == (
        Table((((Run("a"),), (Run("b"),)), ((Run("1"),), (Run("2", code=True),)))),
    )


@pytest.mark.parametrize("text", ["<b>bold</b>", "&nbsp;", "{{x}}", "<script>alert(1)</script>", "a < b & c"])
def test_what_looks_like_markup_stays_as_it_is(text):
    assert _text(from_markdown(text)) == text


def test_link_definitions_are_not_lost():
    assert _text(from_markdown("[key]: https://example.com")) == "[key]: https://example.com"


def test_line_ends_stay():
    assert _text(from_markdown("one\ntwo")) == "one\ntwo"


def test_a_link_is_followed_by_its_address_for_paper():
    link = "https://example.com/a"

    (paragraph,) = from_markdown(f"see [docs]({link})")

    assert paragraph.runs[1:] == (Run("docs", link=link), Run(f" ({link})", quiet=True, link=link))


def test_a_link_that_shows_its_address_is_not_followed_by_it():
    (paragraph,) = from_markdown("<https://example.com> <mailto:a@example.com>")

    assert [run.text for run in paragraph.runs] == ["https://example.com", " ", "mailto:a@example.com"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "ftp://x"]
)
def test_other_schemes_are_not_linked(address):
    (paragraph,) = from_markdown(f"[x]({address})")

    assert paragraph.runs == (Run(f"[x]({address})"),)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("|".join("a" * 10) + "\n" + "|".join("-" * 10) + "\na" * 9_000, id="cells"),
        pytest.param("a|b\n-|-\n" + "c|d\n" * 1_500, id="written cells"),
        pytest.param("- a\n" * 4_500, id="blocks"),
        pytest.param("*a* **b** " * 1_900, id="runs"),
        pytest.param(">" * 30 + "a\n" + "b\n" * 9_000, id="levels"),
    ],
)
def test_beyond_a_bound_a_text_is_shown_as_written(text):
    assert from_markdown(text) == (Paragraph((Run(text.strip("\n")),)),)


def test_a_large_table_of_a_person_is_a_table():
    (table,) = from_markdown("name|use|cost|since\n-|-|-|-\n" + "lock|guards state|one wait|1965\n" * 400)

    assert isinstance(table, Table)
    assert len(table.rows) == 401


def test_what_is_nested_too_deep_is_shown_as_written():
    text = "> " * 60 + "deep"

    assert _text(from_markdown(text)) == text


def test_control_characters_go_and_lone_surrogates_are_replaced():
    assert _text(from_markdown("a\x00b\x1bc\ud800d\r\ne")) == "abc\ufffdd\ne"


def test_a_question_keeps_its_underscores_and_hashes():
    assert from_plain_with_code("# What is __init__ in `x`?") == (
        Paragraph((Run("# What is __init__ in "), Run("x", code=True), Run("?"))),
    )
