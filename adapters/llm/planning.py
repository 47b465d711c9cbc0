"""Plans for splitting a request for many questions into calls that do not overlap."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.domain.generation.briefs import Brief, difficulty_mix
from core.domain.generation.similarity import QuestionSet
from core.domain.library.questions import Difficulty, QuestionDraft

_Key = TypeVar("_Key")

_ANGLES = (
    "core concepts and how things work inside",
    "practical use and writing code or artefacts",
    "finding faults, debugging and edge cases",
    "design decisions and trade-offs",
    "performance, scale and reliability",
    "security, testing and quality",
    "experience from real projects and working with others",
    "tools, standards and current practice",
)


@dataclass(frozen=True, slots=True)
class CallPlan:
    """The questions to request in one call. The counts of both tables add up to `count`."""

    topics: dict[str, int]
    difficulties: dict[Difficulty, int]
    angle: str = ""

    @property
    def count(self) -> int:
        return sum(self.topics.values())


def deal(
    topics: Sequence[str], difficulties: Sequence[Difficulty], batch_size: int, *, first_angle: int | None
) -> tuple[CallPlan, ...]:
    """Calls of at most `batch_size` questions with these topics and difficulties (one of each per question).

    Questions on one topic are kept together, so that parallel calls have different topics. Difficulties are
    spread. Calls on the same topic get different angles, counted from `first_angle`.
    """
    asks: list[CallPlan] = []
    position = 0
    calls = math.ceil(len(topics) / batch_size)
    for index in range(calls):
        dealt = difficulties[index::calls]
        own = topics[position : position + len(dealt)]
        position += len(dealt)
        angle = "" if first_angle is None else _ANGLES[(first_angle + index) % len(_ANGLES)]
        asks.append(CallPlan(dict(Counter(own)), dict(Counter(dealt)), angle))
    return tuple(asks)


class QuestionsWanted:
    """The requested questions that have not arrived yet."""

    def __init__(self, brief: Brief, count: int, avoid: Sequence[str]) -> None:
        topics = tuple(dict.fromkeys(brief.topics))
        share, extra = divmod(count, len(topics))
        self._topics = Counter({topic: share + (index < extra) for index, topic in enumerate(topics)})
        self._difficulties = Counter(difficulty_mix(brief, count))
        self._seen = QuestionSet(avoid)
        self._dealt_calls = 0
        self.missing = count
        self.avoid = list(avoid)

    def accept(self, drafts: Sequence[QuestionDraft]) -> tuple[QuestionDraft, ...]:
        """The new drafts among these, at most as many as are missing."""
        accepted: list[QuestionDraft] = []
        for draft in drafts:
            if self.missing and self._seen.add(draft.text):
                accepted.append(draft)
                self.missing -= 1
                self.avoid.append(draft.text)
                self._topics[draft.topic] -= 1
                self._difficulties[draft.difficulty] -= 1
        return tuple(accepted)

    def asks(self, batch_size: int) -> tuple[CallPlan, ...]:
        """The calls that request the missing questions."""
        is_one_call = self._dealt_calls == 0 and self.missing <= batch_size
        asks = deal(
            _still_wanted(self._topics, self.missing),
            _still_wanted(self._difficulties, self.missing),
            batch_size,
            first_angle=None if is_one_call else self._dealt_calls,
        )
        self._dealt_calls += len(asks)
        return asks


def _still_wanted(wanted: Counter[_Key], missing: int) -> list[_Key]:
    """One entry per missing question. If more arrived for one key than requested, others are dropped."""
    return list(wanted.elements())[:missing]
