"""Cleaning of untrusted text (from users and models) for stores, documents and protocols."""

from __future__ import annotations

from core.domain.text import encodable, single_spaced, without_controls

_BYTE_ORDER_MARK = "\ufeff"


def cleaned(text: str) -> str:
    """The text stripped, without lone surrogates and control characters (line feeds and tabs stay)."""
    return without_controls(encodable(text, "")).replace(_BYTE_ORDER_MARK, "").strip()


def cleaned_label(text: str) -> str:
    """The cleaned text on one line with single spaces."""
    return single_spaced(cleaned(text))
