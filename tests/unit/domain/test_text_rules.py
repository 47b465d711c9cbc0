from __future__ import annotations

import pytest

from core.domain.errors import Invalid
from core.domain.rules import TextRule

NAME = TextRule(200)
PROSE = TextRule(2_000, is_line=False)
EMBEDDINGS = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize("control", EMBEDDINGS)
def test_a_line_holds_no_embedding_override_or_isolate(control: str) -> None:
    with pytest.raises(Invalid) as refusal:
        NAME.checked(f"Ada {control}Lovelace")
    assert refusal.value.detail == f"Contains the direction control U+{ord(control):04X}."


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u061c"])
def test_direction_marks_are_allowed(mark: str) -> None:
    assert NAME.checked(f"عمر{mark} 2") == f"عمر{mark} 2"


def test_prose_may_hold_them() -> None:
    assert PROSE.checked("a\u202eb\u202cc") == "a\u202eb\u202cc"
