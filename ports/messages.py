"""Words for the messages that the product stores as codes with data."""

from __future__ import annotations

from typing import Protocol

from core.domain.live.notifications import Notification
from core.domain.messages import Message

DEFAULT_LANGUAGE = "en"


class MessageCatalogue(Protocol):
    def text(self, message: Message, language: str = DEFAULT_LANGUAGE) -> str:
        """The sentence. A code that is unknown to this release gives a general sentence, never an error."""

    def notification(self, notification: Notification, language: str = DEFAULT_LANGUAGE) -> tuple[str, str]:
        """Title and body; the body is empty where the title says it all."""
