"""One exchange with a chat model, and the ways in which it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from core.domain.generation.briefs import GenerationFailed, TokenUsage
from core.domain.messages import Message


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """What is sent. The model is to answer with one JSON object of at most `max_tokens` tokens."""

    system: str
    user: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back. `is_cut` tells that the model ran into the token limit."""

    text: str
    usage: TokenUsage = field(default_factory=TokenUsage)
    is_cut: bool = False


class ProviderFault(StrEnum):
    """Why there is no reply. The values are the codes that users see."""

    UNAVAILABLE = "provider_unavailable"
    TIMEOUT = "provider_timeout"
    RATE_LIMITED = "provider_rate_limited"
    REJECTED = "provider_rejected"
    BAD_OUTPUT = "provider_bad_output"

    @property
    def is_transient(self) -> bool:
        return self is not ProviderFault.REJECTED


class ProviderError(Exception):
    """A call failed. `note` is for our log: it holds neither the key nor what the provider wrote.

    `retry_after_seconds` is how long the provider asked to be left alone, where it said so.
    """

    def __init__(self, fault: ProviderFault, note: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{fault}: {note}")
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds

    def as_failure(self) -> GenerationFailed:
        return GenerationFailed(Message(self.fault.value), is_transient=self.fault.is_transient)


class ChatTransport(Protocol):
    """The way to one provider. Used from several threads at once."""

    def complete(self, prompt: ChatPrompt, *, timeout_seconds: float) -> ChatReply:
        """One call, not repeated. Raises ProviderError."""

    def close(self) -> None:
        """Give up connections that are kept open."""
