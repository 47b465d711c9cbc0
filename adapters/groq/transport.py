from __future__ import annotations

import httpx
from groq import APIConnectionError, APIStatusError, APITimeoutError, BadRequestError, Groq

from adapters.llm.chat import ChatPrompt, ChatReply, ProviderError, ProviderFault
from adapters.llm.wire import error_for_status, failed_generation, read_reply

DEFAULT_BASE_URL = "https://api.groq.com"
DEFAULT_MODEL = "llama-3.3-70b-versatile"

_CONNECT_TIMEOUT_SECONDS = 5.0
_TEMPERATURE = 0.7
_OWN_PATH = "/openai/v1"


class GroqTransport:
    """A ChatTransport to Groq.

    The client's own retries are off. They wait for a `Retry-After` of up to a minute and cannot be
    interrupted when a job is cancelled.
    """

    def __init__(self, *, api_key: str, base_url: str = "", model: str = "") -> None:
        """`base_url` may end with `/openai/v1`, as in Groq's documentation, or not: the client adds it."""
        self._model = model or DEFAULT_MODEL
        self._client = Groq(
            api_key=api_key,
            base_url=(base_url or DEFAULT_BASE_URL).rstrip("/").removesuffix(_OWN_PATH),
            max_retries=0,
        )

    def complete(self, prompt: ChatPrompt, *, timeout_seconds: float) -> ChatReply:
        # The client's errors contain the request and therefore the key. "from None" keeps them out of logs.
        try:
            response = self._client.chat.completions.with_raw_response.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": prompt.system},
                    {"role": "user", "content": prompt.user},
                ],
                response_format={"type": "json_object"},
                max_completion_tokens=prompt.max_tokens,
                temperature=_TEMPERATURE,
                timeout=httpx.Timeout(
                    timeout_seconds, connect=min(timeout_seconds, _CONNECT_TIMEOUT_SECONDS)
                ),
            )
        except APITimeoutError:
            raise ProviderError(ProviderFault.TIMEOUT, f"no answer in {timeout_seconds:.0f} s") from None
        except APIConnectionError as error:
            raise ProviderError(ProviderFault.UNAVAILABLE, type(error.__cause__).__name__) from None
        except APIStatusError as error:
            content = error.response.content
            written = failed_generation(content) if isinstance(error, BadRequestError) else None
            if written is not None:
                return ChatReply(written)
            raise error_for_status(error.status_code, error.response.headers, content) from None
        return read_reply(response.http_response.content)

    def close(self) -> None:
        self._client.close()
