from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

from pybreaker import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
)

from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from core.domain.library.questions import QuestionSource
from core.domain.messages import Message
from ports.generation import QuestionGenerator

log = logging.getLogger(__name__)


class GuardedGenerator:
    """Calls the inner generator unless it failed `max_failures` times in a row within this process.

    The circuit then opens for `reset_seconds`. After that, one generation at a time is let through as a
    trial. Transient failures count, also those after some batches. A permanent failure, such as unknown
    topics, does not: it shows that the generator works.
    """

    def __init__(
        self, inner: QuestionGenerator, *, max_failures: int = 5, reset_seconds: float = 30.0
    ) -> None:
        self._inner = inner
        self._trial = threading.Lock()
        self._breaker = CircuitBreaker(
            fail_max=max_failures,
            reset_timeout=reset_seconds,
            exclude=[_is_harmless],
            listeners=[_StateLog()],
            name=inner.source.value,
            throw_new_error_on_trip=False,
        )

    @property
    def source(self) -> QuestionSource:
        return self._inner.source

    @property
    def is_closed(self) -> bool:
        """Whether all calls go through."""
        return self._breaker.current_state == STATE_CLOSED

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        """Raises GenerationFailed `provider_unavailable` at once while the circuit is open."""

        def iterate() -> Iterator[Batch]:
            # Always a generator, so that the breaker counts its end and not the call that creates it.
            yield from self._inner.generate(brief, count, avoid, should_stop)

        try:
            batches = self._breaker.call(iterate)
        except CircuitBreakerError:
            raise _left_alone() from None
        if self._breaker.current_state != STATE_HALF_OPEN:
            yield from batches
            return
        if not self._trial.acquire(blocking=False):
            raise _left_alone()
        try:
            yield from batches
        finally:
            self._trial.release()

    def close(self) -> None:
        self._inner.close()


def _is_harmless(error: BaseException) -> bool:
    """A permanent refusal, or a caller who stops reading (GeneratorExit)."""
    if isinstance(error, GenerationFailed):
        return not error.is_transient
    return isinstance(error, GeneratorExit)


def _left_alone() -> GenerationFailed:
    return GenerationFailed(Message("provider_unavailable"), is_transient=True)


class _StateLog(CircuitBreakerListener):
    def state_change(
        self, cb: CircuitBreaker, old_state: CircuitBreakerState | None, new_state: CircuitBreakerState
    ) -> None:
        log.warning("the circuit of %s is %s", cb.name, new_state.name)
