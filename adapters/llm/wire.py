"""The chat-completions format, as far as all providers agree on it."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from email.utils import mktime_tz, parsedate_tz
from typing import Any

from adapters.llm.chat import ChatReply, ProviderError, ProviderFault
from core.domain.generation.briefs import TokenUsage

log = logging.getLogger(__name__)

_OVERLOADED = 498  # Groq's own status: the capacity of the service tier is used up
_PASSING_STATUSES = frozenset({408, 409, 425, _OVERLOADED})
_TOO_MANY_REQUESTS = 429
_TIMEOUT_STATUSES = frozenset({408, 504})
_PROVIDER_CODE = re.compile(r"[a-z0-9_.-]{1,60}")


def read_json(body: bytes) -> Any:
    """The parsed body, or None if it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def read_reply(body: bytes) -> ChatReply:
    """The reply in a successful response. A body of another shape is a reply without text."""
    value = read_json(body)
    try:
        choice = value["choices"][0]
        content = choice["message"]["content"]
        is_cut = choice.get("finish_reason") == "length"
    except (TypeError, KeyError, IndexError, AttributeError):
        log.warning("the provider's response is not a chat completion")
        return ChatReply("")
    return ChatReply(content if isinstance(content, str) else "", _usage_in(value), is_cut)


def _usage_in(value: Mapping[str, Any]) -> TokenUsage:
    usage = value.get("usage")
    if not isinstance(usage, dict):
        return TokenUsage()
    return TokenUsage(_tokens(usage.get("prompt_tokens")), _tokens(usage.get("completion_tokens")))


def _tokens(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def error_for_status(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The error for a response that is not a success."""
    provider_code = _error_in(body).get("code")
    is_sane = isinstance(provider_code, str) and _PROVIDER_CODE.fullmatch(provider_code)
    note = f"HTTP {status} {provider_code}" if is_sane else f"HTTP {status}"
    return ProviderError(
        _fault_of(status), note, retry_after_seconds=read_retry_after(headers.get("retry-after"))
    )


def _fault_of(status: int) -> ProviderFault:
    if status == _TOO_MANY_REQUESTS:
        return ProviderFault.RATE_LIMITED
    if status in _TIMEOUT_STATUSES:
        return ProviderFault.TIMEOUT
    if status >= 500 or status in _PASSING_STATUSES:
        return ProviderFault.UNAVAILABLE
    return ProviderFault.REJECTED


def failed_generation(body: bytes) -> str | None:
    """The model's text, if the provider answers 400 because the text is not valid JSON (as Groq does)."""
    error = _error_in(body)
    if error.get("code") != "json_validate_failed":
        return None
    written = error.get("failed_generation")
    return written if isinstance(written, str) else ""


def _error_in(body: bytes) -> dict[str, Any]:
    value = read_json(body)
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, dict) else {}


def read_retry_after(value: str | None) -> float | None:
    """The wait in seconds from a `Retry-After` header, which has seconds or a date (RFC 9110, 10.2.3)."""
    if not value:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value.strip()):
        return float(value)
    date = parsedate_tz(value)
    if date is None:
        return None
    try:
        return max(0.0, mktime_tz(date) - time.time())
    except (ValueError, OverflowError):
        return None
