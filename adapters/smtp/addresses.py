"""Email addresses in the form that SMTP and message headers need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr

import idna

from core.domain.text import one_line

_LOCAL_PART = re.compile(r"[^\s\x00-\x20\x7f<>()\[\]:;@\\,\"]{1,64}")
_MAX_DISPLAY_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class MailAddress:
    """`domain` is in ASCII form. A `local_part` with other characters needs SMTPUTF8 (RFC 6531)."""

    display_name: str
    local_part: str
    domain: str

    @property
    def spec(self) -> str:
        return f"{self.local_part}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        return not self.local_part.isascii()

    @classmethod
    def of(cls, email: str, display_name: str = "") -> MailAddress:
        """Raises ValueError if `email` is not an address. The name is cleaned for a header."""
        local_part, separator, domain = email.rpartition("@")
        if not separator or not _LOCAL_PART.fullmatch(local_part) or not local_part.isprintable():
            raise ValueError("This is not an email address.")
        try:
            ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
        except UnicodeError:
            raise ValueError("The domain of this email address is not valid.") from None
        return cls(one_line(display_name)[:_MAX_DISPLAY_NAME_LENGTH].rstrip(), local_part, ascii_domain)

    @classmethod
    def parsed(cls, text: str) -> MailAddress:
        """From `Name <a@b>` or `a@b`. Raises ValueError for anything else."""
        name, email = parseaddr(text)
        return cls.of(email, name)
