"""Recipients of emails."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.mail.emails import EmailKind


@dataclass(frozen=True, slots=True)
class Recipient:
    """`id` is the user's id. `muted` are the kinds of email that the user has turned off."""

    id: str
    name: str
    email: str
    muted: tuple[EmailKind, ...] = ()
