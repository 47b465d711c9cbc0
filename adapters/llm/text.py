"""Text from strangers (users and models) that every store, document and protocol can carry."""

from __future__ import annotations

import unicodedata

_KEPT_CONTROLS = "\n\t"
_UNWANTED = frozenset("\ufeff\ufffe\uffff")


def cleaned(text: str) -> str:
    """The text without control characters (line feeds and tabs stay), lone surrogates and outer space."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in unified if _is_kept(character)).strip()


def cleaned_label(text: str) -> str:
    """The same on one line, single-spaced."""
    return " ".join(cleaned(text).split())


def _is_kept(character: str) -> bool:
    if character in _UNWANTED:
        return False
    return character in _KEPT_CONTROLS or unicodedata.category(character) not in ("Cc", "Cs")
