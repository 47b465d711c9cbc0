"""One exchange with a chat model, and the ways in which it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from core.domain.generation.briefs import GenerationFailed, TokenUsage
from core.domain.messages import Message


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """A request. It asks the model for one JSON object of at most `max_tokens` tokens."""

    system: str
    user: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class ChatReply:
    """A response. `is_cut` means that the model reached the token limit."""

    text: str
    usage: TokenUsage = field(default_factory=TokenUsage)
    is_cut: bool = False


class ProviderFault(StrEnum):
    """The reason for a missing reply. The values are the error codes that users see."""

    UNAVAILABLE = "provider_unavailable"
    TIMEOUT = "provider_timeout"
    RATE_LIMITED = "provider_rate_limited"
    REJECTED = "provider_rejected"
    BAD_OUTPUT = "provider_bad_output"

    @property
    def is_transient(self) -> bool:
        return self is not ProviderFault.REJECTED


class ProviderError(Exception):
    """A failed call. `note` is for the log: it contains neither the key nor the provider's text.

    `retry_after_seconds` is the wait that the provider asked for, if it did.
    """

    def __init__(self, fault: ProviderFault, note: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{fault}: {note}")
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds

    def as_failure(self) -> GenerationFailed:
        return GenerationFailed(Message(self.fault.value), is_transient=self.fault.is_transient)


class ChatTransport(Protocol):
    """The connection to one provider. Used from several threads at once."""

    def complete(self, prompt: ChatPrompt, *, timeout_seconds: float) -> ChatReply:
        """One call, not repeated. Raises ProviderError."""

    def close(self) -> None:
        """Close open connections."""
