"""Validation and comparison of email addresses."""

from __future__ import annotations

import re
import unicodedata

from core.domain.errors import Invalid

MAX_EMAIL_LENGTH = 254

_MAX_LABEL_LENGTH = 63
_ENCODED = "xn--"
_DOTS = {0x3002: ".", 0xFF0E: ".", 0xFF61: "."}
"""The full stops of East Asian scripts, which separate labels (RFC 3490, section 3.1)."""

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
    """The key by which addresses are compared: all spellings of one mailbox have the same key.

    Spellings differ in case, in composed and decomposed letters, and in the form of the domain: Unicode or
    ASCII (`xn--`, RFC 3492).
    """
    local, at, domain = email.strip().rpartition("@")
    return _folded(local) + at + ".".join(_unicode_label(label) for label in _labels(domain))


def known_email_keys(email: str) -> tuple[str, ...]:
    """The keys under which a mailbox may be stored, the most likely one first.

    Earlier releases folded the whole address and kept the form of the domain, so an account may be stored
    under the key of either form. The old key of this spelling comes first: of two accounts for one mailbox,
    each is found by its own spelling.
    """
    key = email_key(email)
    local, at, domain = key.rpartition("@")
    in_ascii = local + at + ".".join(_ascii_label(label) for label in domain.split("."))
    return tuple(dict.fromkeys((_legacy_key(email), key, _legacy_key(key), in_ascii)))


def _legacy_key(email: str) -> str:
    return unicodedata.normalize("NFC", email.strip().casefold())


def _folded(text: str) -> str:
    """Without differences in case and composition (Unicode, section 3.13, canonical caseless matching)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def _labels(domain: str) -> list[str]:
    """The labels, mapped as domains are (UTS 46). It keeps sharp s and final sigma, which are letters of
    their own there."""
    mapped = unicodedata.normalize("NFKC", domain.translate(_DOTS))
    folded = "".join(each if each in "ßς" else each.casefold() for each in mapped)
    return unicodedata.normalize("NFKC", folded).split(".")


def _unicode_label(label: str) -> str:
    """The label in Unicode. One that is not the encoding of a mapped label stays as it is."""
    if not label.startswith(_ENCODED) or len(label) > _MAX_LABEL_LENGTH or not label.isascii():
        return label
    try:
        decoded = label.removeprefix(_ENCODED).encode("ascii").decode("punycode")
        is_encoding = not decoded.isascii() and _ascii_label(decoded) == label
    except UnicodeError:
        return label
    return decoded if is_encoding and _labels(decoded) == [decoded] else label


def _ascii_label(label: str) -> str:
    """Raises UnicodeError for a surrogate."""
    if label.isascii():
        return label
    return _ENCODED + label.encode("punycode").decode("ascii")
