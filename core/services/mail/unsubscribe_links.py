"""Signed links that turn off a kind of email with one click (RFC 8058)."""

from __future__ import annotations

from core.domain.error_codes import ErrorCode
from core.domain.errors import Malformed
from core.domain.mail.emails import EmailKind
from ports.cryptography import Signer
from ports.links import Links

_PURPOSE = "unsubscribe"


class UnsubscribeLinks:
    def __init__(self, signer: Signer, links: Links) -> None:
        self._signer = signer
        self._links = links

    def link(self, recipient_id: str, kind: EmailKind) -> str:
        """A link that is valid permanently, for this recipient and this kind only."""
        return self._links.unsubscribe(self._signer.sign(_PURPOSE, f"{recipient_id} {kind}"))

    def read(self, token: str) -> tuple[str, EmailKind]:
        """The recipient's id and the kind in a token. Raises Malformed (`unsubscribe_token_invalid`)."""
        signed = self._signer.verified(_PURPOSE, token)
        if signed is None:
            raise Malformed("The link is not valid.", code=ErrorCode.UNSUBSCRIBE_TOKEN_INVALID)
        recipient_id, kind = signed.split(" ")
        return recipient_id, EmailKind(kind)
