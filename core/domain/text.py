"""Cleaning of untrusted text (users, models, mail servers) for stores, documents, headers and file names.

Each function serves one use. Only this module defines control characters, visible characters and
direction marks.
"""

from __future__ import annotations

import re
import unicodedata

BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks, embeddings, overrides and isolates, which can reverse the text beside them (UAX #9)."""

BIDI_EMBEDDINGS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Those of them that reach beyond themselves: a name that holds one can make another text read as a third.
The marks (LRM, RLM, ALM) only correct the place of a neighbour."""

_SURROGATES = "\ud800-\udfff"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_C0_AND_C1 = (*range(0x20), *range(0x7F, 0xA0))
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe0e\ufe0f\uffa0")
"""Characters that are letters, marks or symbols by category but are invisible."""

_WITHOUT_APPEARANCE = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})

_NOT_TEXT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_SURROGATES}{_NONCHARACTERS}]")
_LONE_SURROGATES = re.compile(f"[{_SURROGATES}]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# XML 1.0 refuses most of them, and a terminal may obey the others.
_UNPRINTABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_NONCHARACTERS}]")
_PILED_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{65}"
)
_ESCAPES = {code: f"\\x{code:02x}" for code in _C0_AND_C1 if code != 0x0A}


def is_visible(character: str) -> bool:
    """Whether the character is visible. White space and format characters are not."""
    return unicodedata.category(character)[0] not in "ZC" and character not in _BLANKS


def is_blank(text: str) -> bool:
    """Whether the text has no visible character."""
    return not any(map(is_visible, text))


def has_lone_surrogate(text: str) -> bool:
    """Whether the text contains half of a surrogate pair, which JSON can carry and UTF-8 cannot."""
    return _LONE_SURROGATES.search(text) is not None


def has_piled_marks(text: str) -> bool:
    """Whether more than 64 combining marks follow one letter. Normalising them takes quadratic time."""
    return _PILED_MARKS.search(text) is not None


def non_text_fault(text: str) -> str | None:
    """A sentence about the first character that text must not contain, or None if there is none.

    These are control characters (except line breaks and tabs), lone surrogates and noncharacters.
    """
    found = _NOT_TEXT.search(text)
    if found is None:
        return None
    character = found.group()
    if has_lone_surrogate(character):
        return "Contains an unpaired surrogate."
    kind = "control character" if character < "\ud800" else "noncharacter"
    return f"Contains the {kind} U+{ord(character):04X}."


def bidi_embedding_in(text: str) -> str | None:
    """The first embedding, override or isolate in the text."""
    return next((character for character in text if character in BIDI_EMBEDDINGS), None)


def encodable(text: str, replacement: str = "\ufffd") -> str:
    """The text with `replacement` for each lone surrogate, which no Unicode encoding can represent."""
    return _LONE_SURROGATES.sub(replacement, text)


def without_controls(text: str) -> str:
    """The text with line feeds as line ends, without noncharacters and control characters.

    Tabs stay. Lone surrogates stay too; see `encodable`.
    """
    return _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text))


def single_spaced(text: str) -> str:
    """The text on one line, trimmed, with each run of white space replaced by one space."""
    return " ".join(text.split())


def one_line(text: str) -> str:
    """The visible text on one line, without characters that reverse the text beside it.

    Invisible characters become spaces, runs of spaces become one, and BIDI_CONTROLS are removed. Joiners
    and other format characters stay, since emoji and some scripts need them.
    """
    shown = (
        " " if unicodedata.category(character) in _WITHOUT_APPEARANCE else character
        for character in text
        if character not in BIDI_CONTROLS
    )
    return single_spaced("".join(shown))


def shortened(text: str, max_length: int) -> str:
    """The text, ending in an ellipsis if it is longer than `max_length` characters."""
    return text if len(text) <= max_length else text[: max_length - 1].rstrip() + "…"


def with_escaped_controls(text: str) -> str:
    """The text with control characters escaped, such as `\\x1b`. Line feeds stay."""
    return text.translate(_ESCAPES)


def file_name_stem(text: str, max_bytes: int) -> str:
    """The part of the text that every file system accepts: at most `max_bytes` of UTF-8, possibly empty."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(character if _is_fit_for_file_name(character) else " " for character in composed)
    words = single_spaced(kept).strip(". -").encode()[:max_bytes]
    return words.decode(errors="ignore").strip()


def ascii_file_name_stem(text: str) -> str:
    """The same in ASCII, for clients that support nothing else. Accents and other scripts are removed."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = "".join(character for character in plain if character.isalnum() or character in " -_.+()")
    return single_spaced(kept).strip(" -.")


def _is_fit_for_file_name(character: str) -> bool:
    """Whether it is a letter, a digit, a mark (part of letters in many scripts) or one of a few signs."""
    return character.isalnum() or character in "_.+#&()-" or unicodedata.category(character)[0] == "M"
