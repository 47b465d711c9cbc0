from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

from core.domain.live.notifications import Notification
from core.domain.messages import TEXT, Message
from ports.messages import DEFAULT_LANGUAGE

log = logging.getLogger(__name__)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_UNKNOWN = "unknown_message"
_MORE = "also"
"""The key in a message's data for further messages, which follow the sentence."""


class FluentCatalogue:
    """A MessageCatalogue over the `.ftl` files beside this module.

    A message that carries its own text, as earlier releases stored it, is returned as it is. A language
    without a file falls back to English.
    """

    def text(self, message: Message, language: str = DEFAULT_LANGUAGE) -> str:
        more = (self.text(Message.from_json(each), language) for each in message.data.get(_MORE, ()))
        return " ".join((self._sentence(message, language), *more))

    def _sentence(self, message: Message, language: str) -> str:
        if TEXT in message.data:
            return str(message.data[TEXT])
        sentence = self._formatted(message.code, None, message.data, language)
        if sentence is None:
            log.warning("the catalogue has no text for the message %s", message.code)
            sentence = self._formatted(_UNKNOWN, None, {}, language)
        return sentence or ""

    def notification(self, notification: Notification, language: str = DEFAULT_LANGUAGE) -> tuple[str, str]:
        """Title and body. The body is empty where the title is enough."""
        if notification.title:  # stored in words by an earlier release
            return notification.title, notification.body
        name = f"notification_{notification.type}"
        values = notification.values
        title = self._formatted(name, None, values, language) or ""
        if "error" in values:
            return title, self.text(Message.from_json(values["error"]), language)
        return title, self._formatted(name, "body", values, language) or ""

    def _formatted(
        self, name: str, attribute: str | None, values: Mapping[str, Any], language: str
    ) -> str | None:
        """The text, or None if the catalogue does not have it or a value that it needs is missing."""
        bundle = _bundle(language)
        if not bundle.has_message(name):
            return None
        found = bundle.get_message(name)
        pattern = found.attributes.get(attribute) if attribute else found.value
        if pattern is None:
            return None
        text, errors = bundle.format_pattern(pattern, {key: _shown(value) for key, value in values.items()})
        if errors:
            log.warning("the message %s cannot be rendered: %r", name, errors)
            return None
        return str(text)


def _shown(value: object) -> str | int | float:
    """A value that Fluent can show: lists joined with commas, other types as text."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return value if isinstance(value, str | int | float) else str(value)


@lru_cache(maxsize=32)
def _bundle(language: str) -> FluentBundle:
    file = files(__package__) / "locales" / f"{language}.ftl"
    if not _LANGUAGE.fullmatch(language) or not file.is_file():
        return _bundle(DEFAULT_LANGUAGE)
    # Isolation marks are for text inside a page. This text goes into JSON and emails.
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle
