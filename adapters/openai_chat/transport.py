from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

import httpx

from adapters.llm.chat import ChatPrompt, ChatReply, ProviderError, ProviderFault
from adapters.llm.wire import error_for_status, read_reply

_CONNECT_TIMEOUT_SECONDS = 5.0
_MAX_BODY_BYTES = 4 * 1024 * 1024
_TEMPERATURE = 0.7
_NOT_UNDERSTOOD = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)


class OpenAiChatTransport:
    """A ChatTransport to any server with `/chat/completions` below its base URL."""

    def __init__(self, *, base_url: str, model: str, api_key: str = "") -> None:
        """Without a key, no `Authorization` header is sent, as local model servers expect."""
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model = model
        self._client = httpx.Client(headers={"Authorization": f"Bearer {api_key}"} if api_key else {})
        self._is_plain = False

    def complete(self, prompt: ChatPrompt, *, timeout_seconds: float) -> ChatReply:
        """Servers differ in the options they support: a server that refuses them is called without any."""
        ends_at = time.monotonic() + timeout_seconds
        status, headers, body = self._post(prompt, ends_at, is_plain=self._is_plain)
        if status in _NOT_UNDERSTOOD and not self._is_plain:
            status, headers, body = self._post(prompt, ends_at, is_plain=True)
            if status == HTTPStatus.OK:
                self._is_plain = True
        if status != HTTPStatus.OK:
            raise error_for_status(status, headers, body)
        return read_reply(body)

    def close(self) -> None:
        self._client.close()

    def _post(
        self, prompt: ChatPrompt, ends_at: float, *, is_plain: bool
    ) -> tuple[int, httpx.Headers, bytes]:
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ],
        }
        if not is_plain:
            request["response_format"] = {"type": "json_object"}
            request["max_tokens"] = prompt.max_tokens
            request["temperature"] = _TEMPERATURE
        remaining = max(0.001, ends_at - time.monotonic())
        timeout = httpx.Timeout(remaining, connect=min(remaining, _CONNECT_TIMEOUT_SECONDS))
        # The client's errors contain the request and therefore the key. "from None" keeps them out of logs.
        try:
            with self._client.stream("POST", self._url, json=request, timeout=timeout) as response:
                return response.status_code, response.headers, _read_body(response, ends_at)
        except httpx.TimeoutException:
            raise ProviderError(ProviderFault.TIMEOUT, f"no answer in {remaining:.0f} s") from None
        except httpx.HTTPError as error:
            raise ProviderError(ProviderFault.UNAVAILABLE, type(error).__name__) from None


def _read_body(response: httpx.Response, ends_at: float) -> bytes:
    """The whole body, read until a deadline. A read timeout is not enough: servers may send blanks."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            raise ProviderError(ProviderFault.BAD_OUTPUT, "the body is too large")
        if time.monotonic() > ends_at:
            raise ProviderError(ProviderFault.TIMEOUT, "the body took too long")
    return bytes(body)
