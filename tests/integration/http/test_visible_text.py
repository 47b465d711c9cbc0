"""Text in requests: it must be visible, and every code point must be a character."""

from __future__ import annotations

import pytest

from tests.integration.http.client import ApiClient, refused_fields

_INVISIBLE = [
    *("\u200b", "\u200b\u200d\u200c", "\ufeff", "\u2060", "\u00ad", "\u200f\u200e", "\u202e\u202c"),
    *("\u00a0", "\u3000", " \u2003\u200b ", "\u2800", "\u3164", "\u115f", "\ufe0f", "\U000e0041", "\ue000"),
]
_NONCHARACTERS = ["\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0001ffff", "\U0010ffff"]
_VISIBLE = [
    "می\u200cخواهم",  # the letters would be joined otherwise
    "\U0001f469\u200d\U0001f4bb",
    "\u2764\ufe0f",
    "\u200fמהנדס\u200e c++",
    "क्\u200dष",
    "\ufffd",
    "\U0001f680",
    "x",
]


@pytest.mark.parametrize("text", _INVISIBLE)
def test_what_nobody_can_see_is_empty(ada: ApiClient, text: str) -> None:
    session = ada.make_session()
    empty = ["Must not be empty."]

    assert refused_fields(ada.patch(f"/sessions/{session['id']}", role=text)) == {"role": empty}
    assert refused_fields(ada.patch(f"/sessions/{session['id']}", topics=["SQL", text])) == {
        "topics.1": empty
    }
    assert refused_fields(ada.patch("/users/me", full_name=text)) == {"full_name": empty}


@pytest.mark.parametrize("character", _NONCHARACTERS)
def test_what_is_no_character_is_refused_wherever_it_stands(ada: ApiClient, character: str) -> None:
    session = ada.make_session()
    message = [f"Contains the noncharacter U+{ord(character):04X}."]

    answer = ada.patch(
        f"/sessions/{session['id']}", role=f"Dev{character}", description=f"{character}x", tags=[character]
    )

    assert refused_fields(answer) == {"role": message, "description": message, "tags.0": message}


@pytest.mark.parametrize("text", _VISIBLE)
def test_marks_that_text_needs_are_kept(ada: ApiClient, text: str) -> None:
    session = ada.make_session(role=text, tags=[text])

    assert (session["role"], session["tags"]) == (text, [text])


def test_where_nothing_is_needed_it_may_be_invisible(ada: ApiClient) -> None:
    assert ada.make_session(description="\u200b")["description"] == "\u200b"
