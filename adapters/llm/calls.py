"""Calls to a provider, with retries until a deadline or a cancellation."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from adapters.llm.chat import ChatPrompt, ChatReply, ChatTransport, ProviderError, ProviderFault

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """`max_retry_after_seconds` is the longest `Retry-After` of a provider that is waited for."""

    timeout_seconds: float = 30.0
    max_retries: int = 3
    max_retry_after_seconds: float = 20.0
    first_backoff_seconds: float = 0.5
    max_backoff_seconds: float = 8.0


class Cancelled(Exception):
    """The result of this call is not needed any more."""


class Deadline:
    """The time by which all calls must end, and a signal to start no further ones."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._halted = threading.Event()

    @property
    def remaining_seconds(self) -> float:
        return self._ends_at - time.monotonic()

    def halt(self) -> None:
        self._halted.set()

    def check(self) -> None:
        """Raises Cancelled if halted, ProviderError if the time is up."""
        if self._halted.is_set():
            raise Cancelled
        if self.remaining_seconds <= 0:
            raise ProviderError(ProviderFault.TIMEOUT, "no time is left")

    def sleep(self, seconds: float) -> None:
        """Wait for that long, or until the time is up or the deadline is halted; then check."""
        self._halted.wait(min(seconds, max(0.0, self.remaining_seconds)))
        self.check()


class RetryingCaller:
    """Repeats calls that failed for a transient reason, after the wait that the provider asked for.

    The providers' own clients can do this too, but their waits can be neither interrupted nor bounded.
    """

    def __init__(self, transport: ChatTransport, limits: CallLimits) -> None:
        self._transport = transport
        self._limits = limits
        self._backoff = wait_exponential_jitter(
            multiplier=limits.first_backoff_seconds,
            max=limits.max_backoff_seconds,
            jitter=limits.first_backoff_seconds,
        )

    def complete(self, prompt: ChatPrompt, deadline: Deadline) -> ChatReply:
        """Raises ProviderError when another try cannot help, Cancelled when the deadline is halted."""
        retrying = Retrying(
            stop=stop_after_attempt(1 + self._limits.max_retries),
            retry=retry_if_exception(self._is_worth_retrying),
            wait=self._pause_seconds,
            sleep=deadline.sleep,
            reraise=True,
        )
        return retrying(self._call, prompt, deadline)

    def _call(self, prompt: ChatPrompt, deadline: Deadline) -> ChatReply:
        deadline.check()
        timeout_seconds = min(self._limits.timeout_seconds, max(0.001, deadline.remaining_seconds))
        try:
            return self._transport.complete(prompt, timeout_seconds=timeout_seconds)
        except ProviderError as error:
            log.warning("a call to the provider failed: %s", error)
            raise

    def _is_worth_retrying(self, error: BaseException) -> bool:
        if not isinstance(error, ProviderError) or not error.fault.is_transient:
            return False
        return (error.retry_after_seconds or 0) <= self._limits.max_retry_after_seconds

    def _pause_seconds(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ProviderError) and error.retry_after_seconds is not None:
            return error.retry_after_seconds
        return self._backoff(state)
