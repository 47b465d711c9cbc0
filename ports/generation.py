"""Who writes questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from core.domain.generation.briefs import Batch, Brief
from core.domain.library.questions import QuestionSource


class QuestionGenerator(Protocol):
    """A writer of questions: an AI behind an API, or a bank of curated ones."""

    @property
    def source(self) -> QuestionSource: ...

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        """Batches of drafts as they arrive, about `count` in total (fewer if the writer runs dry).

        `avoid` holds texts of questions that must not come again, the newest last; a generator does
        what it can, the caller checks. `should_stop` is asked between batches: once true, no further
        work is begun. Raises GenerationFailed, possibly after some batches, if it cannot go on.
        """

    def close(self) -> None:
        """Give up connections that are kept open; nothing is generated afterwards."""
