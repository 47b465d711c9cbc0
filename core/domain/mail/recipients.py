"""The person that an email is addressed to."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.mail.emails import EmailKind


@dataclass(frozen=True, slots=True)
class Recipient:
    """`id` names them elsewhere in the product; `muted` are the kinds of email that they have turned off."""

    id: str
    name: str
    email: str
    muted: tuple[EmailKind, ...] = ()
