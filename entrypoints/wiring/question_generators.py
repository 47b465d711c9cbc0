"""The question generators, in the order of preference."""

from __future__ import annotations

from adapters.bank.generator import QuestionBank
from adapters.breaker.generator import GuardedGenerator
from entrypoints.settings import Settings
from ports.generation import QuestionGenerator


def question_generators(settings: Settings) -> list[QuestionGenerator]:
    """Groq and the fallback provider if they are set, each behind a circuit breaker, then the bank."""
    generators: list[QuestionGenerator] = []
    if settings.groq_api_key:
        from adapters.groq.generator import GroqQuestionGenerator
        from adapters.groq.transport import GroqTransport

        transport = GroqTransport(
            api_key=settings.groq_api_key, base_url=settings.groq_base_url, model=settings.groq_model
        )
        generators.append(GuardedGenerator(GroqQuestionGenerator(transport)))
    if settings.fallback_llm_url:
        from adapters.openai_chat.generator import OpenAiChatQuestionGenerator
        from adapters.openai_chat.transport import OpenAiChatTransport

        fallback = OpenAiChatTransport(
            base_url=settings.fallback_llm_url,
            model=settings.fallback_llm_model,
            api_key=settings.fallback_llm_api_key,
        )
        generators.append(GuardedGenerator(OpenAiChatQuestionGenerator(fallback)))
    generators.append(QuestionBank())
    return generators
