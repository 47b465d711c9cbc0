from __future__ import annotations

from adapters.llm.generator import ChatQuestionGenerator, GenerationLimits
from adapters.openai_chat.transport import OpenAiChatTransport
from core.domain.library.questions import QuestionSource


class OpenAiChatQuestionGenerator(ChatQuestionGenerator):
    """Writes questions with the fallback provider."""

    def __init__(self, transport: OpenAiChatTransport, limits: GenerationLimits | None = None) -> None:
        super().__init__(transport, QuestionSource.FALLBACK, limits)
