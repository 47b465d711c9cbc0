from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable

from adapters.bank.catalogue import Catalogue
from adapters.bank.shelves import Shelf, read_shelves
from core.domain.generation import Batch, Brief, GenerationFailed, difficulty_mix
from core.domain.questions import Difficulty, QuestionDraft, QuestionSource
from core.domain.similarity import QuestionSet

_BATCH_SIZE = 10
_ANY_DIFFICULTY = (Difficulty.MEDIUM, Difficulty.EASY, Difficulty.HARD)  # the nearest to both others first


class QuestionBank:
    """A QuestionGenerator that draws from curated questions.

    Equal briefs get equal questions, apart from those to avoid; different briefs get them in another order.
    """

    def __init__(self, folder: Traversable | None = None) -> None:
        """Reads the whole folder, by default the one in the package. Raises ValueError for a broken file."""
        shelves = read_shelves(folder or files(__package__) / "data")
        self._topics = tuple(shelf.topic for shelf in shelves)
        self._catalogue = Catalogue(shelves)

    @property
    def source(self) -> QuestionSource:
        return QuestionSource.BANK

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that the bank knows, sorted."""
        return self._topics

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        """Raises GenerationFailed `unknown_topics` if the bank knows none of the topics."""
        known = {topic: shelf for topic in brief.topics if (shelf := self._catalogue.find(topic))}
        if not known:
            raise GenerationFailed(
                "unknown_topics",
                f"There are no ready-made questions on these topics, only on: {', '.join(self._topics)}.",
                is_passing=False,
            )
        drafts = _Draw(brief, known, avoid).drafts(count)
        for start in range(0, len(drafts), _BATCH_SIZE):
            if should_stop():
                return
            yield Batch(drafts[start : start + _BATCH_SIZE], self.source)


class _Draw:
    """One drawing of questions, evenly from the shelves of a brief's topics."""

    def __init__(self, brief: Brief, known: dict[str, Shelf], avoid: Sequence[str]) -> None:
        self._brief = brief
        self._seed = brief.fingerprint
        self._seen = QuestionSet(avoid)
        self._topics = sorted(known, key=lambda topic: self._shuffled(topic.casefold()))
        self._stock: defaultdict[tuple[str, Difficulty], deque[QuestionDraft]] = defaultdict(deque)
        for topic, shelf in known.items():
            for draft in sorted(shelf.drafts, key=lambda draft: self._shuffled(draft.text)):
                self._stock[topic, draft.difficulty].append(draft)

    def _shuffled(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._seed}\n{text}".encode()).digest()

    def drafts(self, count: int) -> tuple[QuestionDraft, ...]:
        """Easy ones first, the topics in turns. Fewer than `count` if the shelves run dry."""
        wanted = [
            difficulty
            for difficulty, amount in difficulty_mix(self._brief, count).items()
            for _ in range(amount)
        ]
        drawn: list[QuestionDraft] = []
        for index, difficulty in enumerate(wanted):
            draft = self._next(index, (difficulty,))
            if draft:
                drawn.append(draft)
        if self._brief.difficulty is None:
            while len(drawn) < count and (draft := self._next(len(drawn), _ANY_DIFFICULTY)):
                drawn.append(draft)
        return tuple(sorted(drawn, key=lambda draft: draft.difficulty.rank))

    def _next(self, turn: int, difficulties: tuple[Difficulty, ...]) -> QuestionDraft | None:
        """The next unseen question of the topic whose turn it is, or of the topics after it."""
        for offset in range(len(self._topics)):
            topic = self._topics[(turn + offset) % len(self._topics)]
            for difficulty in difficulties:
                stock = self._stock[topic, difficulty]
                while stock:
                    draft = stock.popleft()
                    if self._seen.add(draft.text):
                        return replace(draft, topic=topic)
        return None
