"""Sentences for users, stored as a code with data and rendered when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.domain.json import JsonObject

TEXT = "text"
"""The code of a sentence that is stored as text, and the key of that text in the data."""


@dataclass(frozen=True, slots=True)
class Message:
    """`code` is stable and snake_case. `data` holds the sentence's values: text, numbers, lists of text."""

    code: str
    data: JsonObject = field(default_factory=dict)

    @classmethod
    def verbatim(cls, text: str, code: str = TEXT) -> Message:
        """A sentence that is stored as text."""
        return cls(code, {TEXT: text})

    @classmethod
    def from_json(cls, value: str | Mapping[str, Any]) -> Message:
        """The message from `to_json`, or from an earlier release, which stored sentences.

        Raises ValueError if it is neither.
        """
        if isinstance(value, str):
            return cls.verbatim(value)
        if "detail" in value:
            return cls.verbatim(value["detail"], value["code"])
        try:
            return cls(value["code"], value.get("data", {}))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a message") from error

    def to_json(self) -> JsonObject:
        return {"code": self.code, "data": self.data}
