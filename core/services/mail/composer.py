"""Conversion of a stored email to the envelope that a transport sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from core.domain.mail.emails import Email, Envelope
from core.domain.mail.messages import MESSAGE_TYPES, EmailMessage, VerificationMessage
from core.services.mail.unsubscribe_links import UnsubscribeLinks
from core.services.mail.verification_links import VerificationLinks
from ports.cryptography import Cipher
from ports.mail import EmailRenderer


class EmailComposer:
    """`host` is the right-hand side of Message-IDs."""

    def __init__(
        self,
        renderer: EmailRenderer,
        unsubscribe_links: UnsubscribeLinks,
        verification_links: VerificationLinks,
        cipher: Cipher,
        host: str,
    ) -> None:
        self._renderer = renderer
        self._unsubscribe_links = unsubscribe_links
        self._verification_links = verification_links
        self._cipher = cipher
        self._host = host

    def envelope(self, email: Email) -> Envelope:
        """Raises the errors of reading or rendering the message. Such an email cannot be sent."""
        message = self._message(email)
        link = None
        headers: Mapping[str, str] = {}
        if email.user_id is not None and not email.kind.is_security:
            link = self._unsubscribe_links.link(email.user_id, email.kind)
            headers = {
                "List-Unsubscribe": f"<{link}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        return Envelope(
            mail_id=email.id,
            message_id=f"<{email.id}@{self._host}>",
            to_email=email.to_email,
            to_name=email.to_name,
            rendered=self._renderer.render(message, email.to_name, link),
            headers=headers,
        )

    def _message(self, email: Email) -> EmailMessage:
        content = dict(email.context)
        if email.sealed_context is not None:
            content.update(json.loads(self._cipher.decrypt(email.sealed_context) or "{}"))
        message = MESSAGE_TYPES[email.kind].from_json(content)
        if isinstance(message, VerificationMessage) and email.user_id is not None:
            return replace(message, verify_url=self._verification_links.link(email.user_id, email.to_email))
        return message
