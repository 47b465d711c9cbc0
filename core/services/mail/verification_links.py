"""Signed links by which the reader of an email proves that its address is theirs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.domain.error_codes import ErrorCode
from core.domain.errors import Malformed
from core.domain.mail.addresses import email_key
from ports.cryptography import Signer
from ports.links import Links
from ports.system import Clock

VERIFICATION_LIFETIME = timedelta(hours=24)
_PURPOSE = "verify email"


@dataclass(frozen=True, slots=True)
class VerificationToken:
    """The content of a token. It names the address by a digest, so that links do not show it."""

    recipient_id: str
    address_digest: str

    def is_for(self, address: str) -> bool:
        """Whether the token was sent to this address, in any spelling."""
        return self.address_digest == _digest(address)


class VerificationLinks:
    def __init__(self, signer: Signer, links: Links, clock: Clock) -> None:
        self._signer = signer
        self._links = links
        self._clock = clock

    def link(self, recipient_id: str, address: str) -> str:
        """A link that verifies this address of this recipient, valid for VERIFICATION_LIFETIME."""
        expires_at = self._clock.now() + VERIFICATION_LIFETIME
        text = f"{recipient_id} {int(expires_at.timestamp())} {_digest(address)}"
        return self._links.verify_email(self._signer.sign(_PURPOSE, text))

    def read(self, token: str) -> VerificationToken:
        """Raises Malformed (`verification_token_invalid`, `verification_token_expired`)."""
        signed = self._signer.verified(_PURPOSE, token)
        if signed is None:
            raise invalid_token()
        recipient_id, expires_at, address_digest = signed.split(" ")
        if self._clock.now() >= datetime.fromtimestamp(int(expires_at), UTC):
            raise Malformed(
                "The link has expired. Log in and ask for a new one.",
                code=ErrorCode.VERIFICATION_TOKEN_EXPIRED,
            )
        return VerificationToken(recipient_id, address_digest)


def invalid_token() -> Malformed:
    return Malformed("The link is not valid.", code=ErrorCode.VERIFICATION_TOKEN_INVALID)


def _digest(address: str) -> str:
    """128 bits. It has no key, since the signature covers it."""
    return hashlib.sha256(email_key(address).encode()).hexdigest()[:32]
