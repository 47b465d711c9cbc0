"""Generators of questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from core.domain.generation.briefs import Batch, Brief
from core.domain.library.questions import QuestionSource


class QuestionGenerator(Protocol):
    """A source of questions: an AI behind an API, or a bank of curated questions."""

    @property
    def source(self) -> QuestionSource: ...

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        """Batches of drafts as they arrive, about `count` in total (fewer if the generator runs out).

        `avoid` contains texts of questions that must not be repeated, the newest last. This is best effort;
        the caller checks. `should_stop` is called between batches; once it is true, no further work starts.
        Raises GenerationFailed, possibly after some batches, if it cannot continue.
        """

    def close(self) -> None:
        """Close open connections. Nothing is generated afterwards."""
