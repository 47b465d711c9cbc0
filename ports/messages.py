"""Rendering of messages, which are stored as codes with data."""

from __future__ import annotations

from typing import Protocol

from core.domain.live.notifications import Notification
from core.domain.messages import Message

DEFAULT_LANGUAGE = "en"


class MessageCatalogue(Protocol):
    def text(self, message: Message, language: str = DEFAULT_LANGUAGE) -> str:
        """The sentence. An unknown code gives a general sentence and not an error."""

    def notification(self, notification: Notification, language: str = DEFAULT_LANGUAGE) -> tuple[str, str]:
        """Title and body. The body is empty where the title is enough."""
