from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.text import (
    BIDI_CONTROLS,
    ascii_file_name_stem,
    encodable,
    file_name_stem,
    has_lone_surrogate,
    has_piled_marks,
    is_blank,
    is_visible,
    non_text_fault,
    one_line,
    shortened,
    with_escaped_controls,
    without_controls,
)

any_text = st.text(st.characters(exclude_categories=[]), max_size=60)


@pytest.mark.parametrize("character", [*"aé語🚀", "\u0301", "!"])
def test_letters_signs_and_marks_are_visible(character: str) -> None:
    assert is_visible(character)


@pytest.mark.parametrize("character", [" ", "\n", "\u200b", "\u3164", "\ufe0f", "\ue000", "\x00"])
def test_white_space_controls_and_blanks_are_not_visible(character: str) -> None:
    assert not is_visible(character)
    assert is_blank(character * 3)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a\tb\r\nc", None),
        ("می\u200cخواهم", None),
        ("a\x00", "Contains the control character U+0000."),
        ("a\x85", "Contains the control character U+0085."),
        ("a\ud800", "Contains an unpaired surrogate."),
        ("a\ufffe", "Contains the noncharacter U+FFFE."),
        ("a\U0010ffff", "Contains the noncharacter U+10FFFF."),
    ],
)
def test_what_is_no_text_is_named(text: str, fault: str | None) -> None:
    assert non_text_fault(text) == fault


def test_marks_are_piled_when_more_than_64_follow_each_other() -> None:
    assert not has_piled_marks("e" + "\u0301" * 64)
    assert has_piled_marks("e" + "\u0301" * 65)


@given(any_text)
def test_an_encodable_text_can_be_encoded(text: str) -> None:
    encodable(text).encode()
    assert not has_lone_surrogate(encodable(text, ""))


def test_without_controls_only_line_feeds_and_tabs_are_left() -> None:
    assert without_controls("a\r\nb\rc\x0bd\x85e\u2028f\tg\x00\x1b[31m\ufffeh") == "a\nb\nc\nd\ne\nf\tg[31mh"


@given(any_text)
def test_one_line_is_one_printable_line(text: str) -> None:
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert not set(line) & set(BIDI_CONTROLS)
    assert one_line(line) == line


def test_one_line_keeps_joiners() -> None:
    assert (
        one_line(" \U0001f469\u200d\U0001f4bb\n می\u200cخواهم\u202e")
        == "\U0001f469\u200d\U0001f4bb می\u200cخواهم"
    )


def test_a_shortened_text_ends_in_an_ellipsis() -> None:
    assert shortened("a b c", 5) == "a b c"
    assert shortened("a b cd", 5) == "a b…"


def test_escaped_controls_are_readable() -> None:
    assert with_escaped_controls("a\x1b[31m\r\nb\x9b") == "a\\x1b[31m\\x0d\nb\\x9b"


def test_a_file_name_stem_is_cut_between_characters() -> None:
    assert file_name_stem("語" * 4, 10) == "語" * 3
    assert file_name_stem("../..", 10) == ""


def test_an_ascii_file_name_stem_has_no_accents() -> None:
    assert ascii_file_name_stem('Ingénieur "d’études" 語') == "Ingenieur detudes"
