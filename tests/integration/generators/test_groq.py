from __future__ import annotations

import pytest

from adapters.groq import GroqQuestionGenerator, GroqTransport
from core.domain.generation.briefs import Brief
from core.domain.library.questions import QuestionSource
from tests import fake_llm
from tests.fake_llm import FakeLlm
from tests.integration.generators.conftest import KEY, QUICK


@pytest.mark.parametrize("suffix", ["", "/", "/openai/v1", "/openai/v1/"])
def test_it_works_with_and_without_the_path_in_the_base_url(brief: Brief, llm: FakeLlm, suffix: str) -> None:
    transport = GroqTransport(api_key=KEY, base_url=llm.url + suffix)
    (batch,) = GroqQuestionGenerator(transport, QUICK).generate(brief, 3, (), lambda: False)
    transport.close()
    assert batch.source is QuestionSource.GROQ
    assert len(batch.drafts) == 3
    assert llm.requests[0].path == "/openai/v1/chat/completions"
    assert llm.requests[0].body["model"] == "llama-3.3-70b-versatile"


def test_the_model_can_be_chosen(brief: Brief, llm: FakeLlm) -> None:
    transport = GroqTransport(api_key=KEY, base_url=llm.url, model="another")
    list(GroqQuestionGenerator(transport, QUICK).generate(brief, 1, (), lambda: False))
    transport.close()
    assert llm.requests[0].body["model"] == "another"


def test_json_that_groq_found_invalid_is_searched_for_questions(brief: Brief, llm: FakeLlm) -> None:
    llm.behave(fake_llm.invalid_json_refused)
    transport = GroqTransport(api_key=KEY, base_url=llm.url)
    (batch,) = GroqQuestionGenerator(transport, QUICK).generate(brief, 5, (), lambda: False)
    transport.close()
    assert len(batch.drafts) == 5
