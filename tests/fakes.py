"""Stand-ins for the world outside: a clock that is set, passwords without cost, a writer on command."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from core.domain.generation.briefs import Batch, Brief, GenerationFailed, TokenUsage
from core.domain.library.questions import Difficulty, QuestionDraft, QuestionSource
from core.domain.messages import Message

_WORDS = (
    "amber basil cedar delta ember fjord grove haven ivory jade karst lotus maple nectar ocean pearl "
    "quartz raven sable tulip umber velvet willow xenon yarrow zephyr"
).split()


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **duration: float) -> None:
        """By a timedelta, given as its keyword arguments."""
        self._now += timedelta(**duration)


class NoPause:
    """Notes how long it would have waited."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


class QuickHasher:
    """Hashes without bcrypt's cost, which is what makes bcrypt good and tests slow."""

    def __init__(self, cost: int = 1) -> None:
        self.cost = cost

    def hash(self, password: str) -> str:
        return f"{self.cost}:{hashlib.sha256(password.encode()).hexdigest()}"

    def matches(self, password: str, password_hash: str | None) -> bool:
        digest = hashlib.sha256(password.encode()).hexdigest()
        return password_hash is not None and password_hash.split(":")[1] == digest

    def is_outdated(self, password_hash: str) -> bool:
        return int(password_hash.split(":")[0]) < self.cost


def distinct_text(number: int) -> str:
    """Question texts of which no two are alike, also to a reader who ignores small words."""
    first, second, third = number % 26, number // 26 % 26, number // 676 % 26
    return f"Compare {_WORDS[first]} {_WORDS[second]}{third} with {_WORDS[third]} {_WORDS[first]}{second}?"


class ScriptedGenerator:
    """Writes distinct questions in batches, unless a failure is scripted for its next call.

    Writers that begin at different numbers (`first`) write different questions.
    """

    def __init__(
        self, source: QuestionSource = QuestionSource.GROQ, batch_size: int = 5, first: int = 1
    ) -> None:
        self.source = source
        self.batch_size = batch_size
        self.calls: list[tuple[Brief, int, tuple[str, ...]]] = []
        self.failures: deque[GenerationFailed | None] = deque()
        self.before_batch: Callable[[int], None] = lambda number: None
        self.is_closed = False
        self._written = first - 1

    def close(self) -> None:
        self.is_closed = True

    def fail_next(self, code: str = "provider_unavailable", *, is_transient: bool = True) -> None:
        self.failures.append(
            GenerationFailed(Message.verbatim("The writer is away.", code), is_transient=is_transient)
        )

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        self.calls.append((brief, count, tuple(avoid)))
        failure = self.failures.popleft() if self.failures else None
        if failure is not None:
            raise failure
        for number, begin in enumerate(range(0, count, self.batch_size)):
            if should_stop():
                return
            self.before_batch(number)
            size = min(self.batch_size, count - begin)
            drafts = tuple(self._draft(brief) for _ in range(size))
            yield Batch(drafts, self.source, TokenUsage(100, 10 * size))

    def _draft(self, brief: Brief) -> QuestionDraft:
        self._written += 1
        return QuestionDraft(
            text=distinct_text(self._written),
            answer=f"Answer {self._written}.",
            difficulty=brief.difficulty or Difficulty.MEDIUM,
            topic=brief.topics[self._written % len(brief.topics)],
            category="concepts",
            tags=("Scripted",),
        )
