from __future__ import annotations

import pytest

from adapters.documents.pdf.fonts import FONT_FOLDER, Face, coverages, font, font_for
from adapters.documents.pdf.words import is_plain


def test_every_font_is_listed_and_every_listed_font_is_there():
    assert set(coverages()) == {path.stem for path in FONT_FOLDER.glob("*.ttf")}


@pytest.mark.parametrize("name", sorted(coverages()))
def test_the_listed_characters_have_glyphs(name):
    known = font(name).face.charToGlyph

    coverage = coverages()[name]
    for first, last in zip(coverage.starts, coverage.ends, strict=True):
        assert first in known
        assert last in known


@pytest.mark.parametrize("face", Face)
def test_plain_text_needs_no_other_font(face):
    plain = [chr(code_point) for code_point in range(0x20, 0x2100) if is_plain(chr(code_point))]

    assert len(plain) > 700
    assert {font_for(character, face) for character in plain} == {face.value}


def test_every_font_has_its_licence_beside_it():
    licences = {path.name for path in FONT_FOLDER.glob("*.txt")}

    assert {
        "OFL-NotoSans.txt",
        "OFL-NotoEmoji.txt",
        "OFL-NotoSansKR.txt",
        "Apache-DroidSansFallback.txt",
    } <= licences
