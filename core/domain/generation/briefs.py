"""Requests to question generators, and their results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.library.questions import Difficulty, QuestionDraft, QuestionSource
from core.domain.library.sessions import LABEL, MAX_TOPICS, Experience, distinct_labels
from core.domain.messages import Message
from core.domain.rules import ChoiceRule, LabelsRule, NumberRule, Rule, TextRule, enforce
from core.domain.text import single_spaced

MAX_QUESTIONS_PER_JOB = 50
MAX_INSTRUCTIONS_LENGTH = 2_000


COUNT = NumberRule(1, MAX_QUESTIONS_PER_JOB)
INSTRUCTIONS = TextRule(MAX_INSTRUCTIONS_LENGTH, is_line=False, is_blank_allowed=True)
_RULES: Mapping[str, Rule] = {
    "count": COUNT,
    "difficulty": ChoiceRule(Difficulty, is_none_allowed=True),
    "topics": LabelsRule(LABEL, distinct_labels, max_items=MAX_TOPICS),
    "instructions": INSTRUCTIONS,
}


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A user's request. Without topics, the session's are used. Raises Invalid when it is created."""

    count: int
    difficulty: Difficulty | None = None
    topics: tuple[str, ...] = ()
    instructions: str = ""

    def __post_init__(self) -> None:
        enforce(self, _RULES)


@dataclass(frozen=True, slots=True)
class Brief:
    """The request to a generator. A `difficulty` of None means a mix that suits the experience."""

    role: str
    experience: Experience
    topics: tuple[str, ...]
    difficulty: Difficulty | None = None
    instructions: str = ""

    @property
    def fingerprint(self) -> str:
        """A hash that ignores the order of topics, case and spacing, so that equivalent briefs share it."""
        essence = [
            single_spaced(self.role.casefold()),
            self.experience.value,
            sorted({single_spaced(topic.casefold()) for topic in self.topics}),
            self.difficulty.value if self.difficulty else "",
            single_spaced(self.instructions.casefold()),
        ]
        return hashlib.sha256(json.dumps(essence).encode()).hexdigest()


_MIX_PERCENT: dict[Experience, tuple[int, int, int]] = {
    Experience.ENTRY: (60, 30, 10),
    Experience.JUNIOR: (45, 40, 15),
    Experience.MID: (25, 50, 25),
    Experience.SENIOR: (15, 45, 40),
    Experience.LEAD: (10, 40, 50),
    Experience.EXPERT: (5, 35, 60),
}


def difficulty_mix(brief: Brief, count: int) -> dict[Difficulty, int]:
    """The number of questions to request of each difficulty. The numbers add up to `count`.

    Shares are rounded by largest remainder, so that rounding does not give a small `count` a single
    difficulty.
    """
    if brief.difficulty is not None:
        return {brief.difficulty: count}
    shares = dict(zip(Difficulty, _MIX_PERCENT[brief.experience], strict=True))
    mix = {difficulty: count * percent // 100 for difficulty, percent in shares.items()}
    by_remainder = sorted(shares, key=lambda difficulty: count * shares[difficulty] % 100, reverse=True)
    for difficulty in by_remainder[: count - sum(mix.values())]:
        mix[difficulty] += 1
    return {difficulty: amount for difficulty, amount in mix.items() if amount}


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """The number of tokens that a provider reports for its calls."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(
            self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Drafts that arrived together from one source, with their token usage.

    `remarks` explain to the user how the request was interpreted or what was left out.
    """

    drafts: tuple[QuestionDraft, ...]
    source: QuestionSource
    usage: TokenUsage = TokenUsage()
    remarks: tuple[Message, ...] = ()


class GenerationFailed(Exception):
    """A generator cannot deliver questions. `message` gives the user the reason. If it is transient, a later
    try may succeed."""

    def __init__(self, message: Message, *, is_transient: bool) -> None:
        super().__init__(message.code)
        self.message = message
        self.is_transient = is_transient

    @property
    def code(self) -> str:
        return self.message.code
