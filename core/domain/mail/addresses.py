"""Email addresses: which are valid, and when two spellings are one mailbox."""

from __future__ import annotations

import re
import unicodedata

from core.domain.errors import Invalid

MAX_EMAIL_LENGTH = 254


_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@[^@\s.\"(),:;<>\[\\\]]+(\.[^@\s.\"(),:;<>\[\\\]]+)*")


def checked_email(email: str) -> str:
    """The address, trimmed and in Unicode's composed form (NFC).

    Raises Invalid if it is not of the form `local@domain` (the subset of RFC 5321 that people use:
    no quoting, no comments) or is longer than 254 characters.
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
    """What two spellings of one address have in common: they are compared without case."""
    return unicodedata.normalize("NFC", email.strip().casefold())
