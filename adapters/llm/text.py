"""Text from strangers (users and models) that every store, document and protocol can carry."""

from __future__ import annotations

from core.domain.text import encodable, single_spaced, without_controls

_BYTE_ORDER_MARK = "\ufeff"


def cleaned(text: str) -> str:
    """The text without control characters (line feeds and tabs stay), lone surrogates and outer space."""
    return without_controls(encodable(text, "")).replace(_BYTE_ORDER_MARK, "").strip()


def cleaned_label(text: str) -> str:
    """The same on one line, single-spaced."""
    return single_spaced(cleaned(text))
