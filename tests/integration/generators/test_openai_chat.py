from __future__ import annotations

from adapters.openai_chat import OpenAiChatQuestionGenerator, OpenAiChatTransport
from core.domain.generation.briefs import Brief
from core.domain.library.questions import QuestionSource
from tests import fake_llm
from tests.fake_llm import FakeLlm
from tests.integration.generators.conftest import QUICK


def test_it_works_without_a_key(brief: Brief, llm: FakeLlm) -> None:
    transport = OpenAiChatTransport(base_url=f"{llm.openai_url}/", model="local")
    (batch,) = OpenAiChatQuestionGenerator(transport, QUICK).generate(brief, 3, (), lambda: False)
    transport.close()
    assert batch.source is QuestionSource.FALLBACK
    assert len(batch.drafts) == 3
    assert llm.requests[0].path == "/v1/chat/completions"
    assert llm.requests[0].body["model"] == "local"
    assert "authorization" not in llm.requests[0].headers


def test_a_server_that_refuses_options_is_then_asked_without_them(brief: Brief, llm: FakeLlm) -> None:
    llm.behave(fake_llm.without_json_mode)
    transport = OpenAiChatTransport(base_url=llm.openai_url, model="local")
    generator = OpenAiChatQuestionGenerator(transport, QUICK)
    for _ in range(2):
        (batch,) = generator.generate(brief, 3, (), lambda: False)
        assert len(batch.drafts) == 3
    transport.close()
    assert ["response_format" in request.body for request in llm.requests] == [True, False, False]
    assert set(llm.requests[-1].body) == {"model", "messages"}
