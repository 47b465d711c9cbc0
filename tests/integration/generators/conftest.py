from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from adapters.groq import GroqQuestionGenerator, GroqTransport
from adapters.llm.calls import CallLimits
from adapters.llm.generator import ChatQuestionGenerator, GenerationLimits
from adapters.openai_chat import OpenAiChatQuestionGenerator, OpenAiChatTransport
from core.domain.generation.briefs import Brief, GenerationFailed
from core.domain.library.questions import QuestionDraft
from core.domain.library.sessions import Experience
from tests.fake_llm import FakeLlm

QUICK_CALLS = CallLimits(timeout_seconds=5, first_backoff_seconds=0.01, max_backoff_seconds=0.02)
QUICK = GenerationLimits(poll_seconds=0.02, deadline_seconds=20, calls=QUICK_CALLS)

KEY = "gsk_a_key_that_nobody_may_see"

MakeGenerator = Callable[[GenerationLimits], ChatQuestionGenerator]


@pytest.fixture
def brief() -> Brief:
    return Brief("Backend engineer", Experience.MID, ("Python", "SQL", "Redis"))


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with FakeLlm() as server:
        yield server


@pytest.fixture(params=["groq", "openai_chat"])
def make_generator(request: pytest.FixtureRequest, llm: FakeLlm) -> Iterator[MakeGenerator]:
    """Each of the two generators, with the limits that a test wants."""
    transport = (
        GroqTransport(api_key=KEY, base_url=llm.url)
        if request.param == "groq"
        else OpenAiChatTransport(base_url=llm.openai_url, model="a-model", api_key=KEY)
    )

    def make(limits: GenerationLimits) -> ChatQuestionGenerator:
        if isinstance(transport, GroqTransport):
            return GroqQuestionGenerator(transport, limits)
        return OpenAiChatQuestionGenerator(transport, limits)

    yield make
    transport.close()


@pytest.fixture
def generator(make_generator: MakeGenerator) -> ChatQuestionGenerator:
    return make_generator(QUICK)


def run(
    generator: ChatQuestionGenerator, brief: Brief, count: int = 10, avoid: Sequence[str] = ()
) -> list[QuestionDraft]:
    return [
        draft for batch in generator.generate(brief, count, avoid, lambda: False) for draft in batch.drafts
    ]


def failure_of(generator: ChatQuestionGenerator, brief: Brief, count: int = 10) -> GenerationFailed:
    with pytest.raises(GenerationFailed) as caught:
        run(generator, brief, count)
    return caught.value


def no_thread_is_left() -> bool:
    """Waits for the threads of the last generation to end."""
    for thread in threading.enumerate():
        if thread.name.startswith("chat-model"):
            thread.join(timeout=5)
    return not any(thread.name.startswith("chat-model") for thread in threading.enumerate())
