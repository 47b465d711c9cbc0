from __future__ import annotations

from adapters.groq.transport import GroqTransport
from adapters.llm.generator import ChatQuestionGenerator, GenerationLimits
from core.domain.library.questions import QuestionSource


class GroqQuestionGenerator(ChatQuestionGenerator):
    """Writes questions with a model at Groq."""

    def __init__(self, transport: GroqTransport, limits: GenerationLimits | None = None) -> None:
        super().__init__(transport, QuestionSource.GROQ, limits)
