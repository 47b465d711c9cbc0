from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable

from adapters.bank.catalogue import Catalogue, Match
from adapters.bank.topic_files import read_shelves
from core.domain.generation.briefs import Batch, Brief, GenerationFailed, difficulty_mix
from core.domain.generation.similarity import QuestionSet
from core.domain.library.questions import Difficulty, QuestionDraft, QuestionSource
from core.domain.messages import Message

_BATCH_SIZE = 10
_ANY_DIFFICULTY = (Difficulty.MEDIUM, Difficulty.EASY, Difficulty.HARD)  # medium is closest to both others


class QuestionBank:
    """A QuestionGenerator that draws from curated questions.

    Equal briefs get the same questions in the same order, except those to avoid. The order differs between
    briefs.
    """

    def __init__(self, folder: Traversable | None = None) -> None:
        """Read the whole folder, by default the one in the package. Raises ValueError for a broken file."""
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
        """Yield batches. The first one, even if empty, has remarks on topics that were mapped or are unknown.

        Raises GenerationFailed `unknown_topics` if the bank knows none of the topics.
        """
        found = {topic: self._catalogue.find(topic) for topic in brief.topics}
        matches = [match for match in found.values() if match]
        unknown = [topic for topic, match in found.items() if not match]
        if not matches:
            known = {"topics": _quoted(unknown), "known": list(self._topics)}
            raise GenerationFailed(Message("unknown_topics", known), is_transient=False)
        remarks = [
            Message("topic_taken_as", {"asked": match.asked, "topic": match.topic})
            for match in matches
            if not match.is_by_name
        ]
        remarks += [Message("topic_unknown", {"topics": _quoted([topic])}) for topic in unknown]
        drafts = _Draw(brief, matches, avoid).drafts(count)
        for start in range(0, max(len(drafts), 1), _BATCH_SIZE):
            if should_stop():
                return
            batch = Batch(drafts[start : start + _BATCH_SIZE], self.source)
            yield batch if start else replace(batch, remarks=tuple(remarks))

    def close(self) -> None:
        """Do nothing: the bank is in memory."""


def _quoted(topics: Sequence[str]) -> list[str]:
    return [f"“{topic}”" for topic in topics]


class _Draw:
    """One draw of questions, evenly from the shelves of a brief's topics."""

    def __init__(self, brief: Brief, matches: Sequence[Match], avoid: Sequence[str]) -> None:
        self._brief = brief
        self._seed = brief.fingerprint
        self._seen = QuestionSet(avoid)
        shelves = {match.topic: match.shelf for match in matches}
        self._topics = sorted(shelves, key=lambda topic: self._shuffled(topic.casefold()))
        self._stock: defaultdict[tuple[str, Difficulty], deque[QuestionDraft]] = defaultdict(deque)
        for topic, shelf in shelves.items():
            for draft in sorted(shelf.drafts, key=lambda draft: self._shuffled(draft.text)):
                self._stock[topic, draft.difficulty].append(draft)

    def _shuffled(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._seed}\n{text}".encode()).digest()

    def drafts(self, count: int) -> tuple[QuestionDraft, ...]:
        """Drafts from easy to hard, taking the topics in turn. Fewer than `count` if the shelves run out."""
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
