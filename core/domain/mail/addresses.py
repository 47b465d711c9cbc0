"""Validation and comparison of email addresses."""

from __future__ import annotations

import re
import unicodedata

from core.domain.errors import Invalid

MAX_EMAIL_LENGTH = 254


_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@[^@\s.\"(),:;<>\[\\\]]+(\.[^@\s.\"(),:;<>\[\\\]]+)*")


def checked_email(email: str) -> str:
    """The address, trimmed and in Unicode's composed form (NFC).

    Raises Invalid if it does not have the form `local@domain` (the common subset of RFC 5321, without
    quoting and comments) or is longer than 254 characters.
    """
    trimmed = unicodedata.normalize("NFC", email.strip())
    local, _, domain = trimmed.rpartition("@")
    well_formed = (
        len(trimmed) <= MAX_EMAIL_LENGTH
        and len(local) <= 64
        and _EMAIL.fullmatch(trimmed) is not None
        and all(character.isprintable() for character in trimmed)
        and ".." not in local
        and not local.startswith(".")
        and not local.endswith(".")
        and bool(domain)
    )
    if not well_formed:
        raise Invalid("The email address is not valid.", errors={"email": ["Not a valid email address."]})
    return trimmed


def email_key(email: str) -> str:
    """The key by which addresses are compared: two spellings that differ in case have the same key."""
    return unicodedata.normalize("NFC", email.strip().casefold())
