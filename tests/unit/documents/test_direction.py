from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.documents.bidi import is_right_to_left, levels, starts_right_to_left, stretches
from adapters.documents.markdown import from_markdown


def test_the_first_letter_decides():
    assert is_right_to_left("(12) שלום Python")
    assert not is_right_to_left("Python שלום")
    assert not is_right_to_left("12")


def test_numbers_run_from_left_to_right_within_hebrew():
    assert levels("אב 12", True) == [1, 1, 1, 2, 2]


def test_signs_between_two_directions_follow_the_paragraph():
    assert list(stretches("שלום (GIL) עולם", True)) == [
        ("שלום", True),
        (" (", True),
        ("GIL", False),
        (") ", True),
        ("עולם", True),
    ]
    assert list(stretches("see שלום.", False)) == [("see ", False), ("שלום", True), (".", False)]


@given(st.text(st.characters(exclude_categories=("Cs",))), st.booleans())
def test_every_character_has_a_level_and_is_in_one_stretch(text, right_to_left):
    assert len(levels(text, right_to_left)) == len(text)
    assert "".join(part for part, _ in stretches(text, right_to_left)) == text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("שלום", True),
        ("hello שלום", False),
        ("```\ncode\n```\n\nשלום", True),
        ("> - שלום", True),
        ("|1|שלום|\n|-|-|\n", True),
        ("12 !", False),
    ],
)
def test_blocks_run_as_their_first_letter_outside_of_code_does(markup, expected):
    assert starts_right_to_left(from_markdown(markup)) is expected
