"""The common parts of all relays' delivery reports."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from core.domain.errors import Malformed
from core.domain.text import one_line

_MESSAGE_ID = re.compile(r"<?([^<>@\s]+)@[^<>@\s]+>?")
_MAX_DETAIL_LENGTH = 500


def mail_id_of(message_id: object) -> str | None:
    """The email's id from the Message-ID that the product gave it, or None if it is another one."""
    match = _MESSAGE_ID.fullmatch(message_id.strip()) if isinstance(message_id, str) else None
    return match[1] if match else None


def detail_of(*words: object) -> str:
    """The relay's text on one line of bounded length."""
    return one_line(": ".join(str(word) for word in words if word))[:_MAX_DETAIL_LENGTH]


def parsed_json(text: str | bytes) -> Any:
    """Raises Malformed if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("The report is not JSON.") from None


def lowercase_names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
