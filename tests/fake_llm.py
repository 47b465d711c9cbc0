"""A local server that answers chat completions as Groq and OpenAI do, with faults on demand.

    with FakeLlm(slow(0.3)) as llm:
        ... llm.url (for Groq's client), llm.openai_url (for the others), llm.requests, llm.peak_in_flight

Behaviours are played one per request, and the last one from then on. By itself:
`python -m tests.fake_llm --port 8901 --behaviour slow:0.5`
"""

from __future__ import annotations

import argparse
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

PATHS = ("/openai/v1/chat/completions", "/v1/chat/completions")
SECRET_OF_THE_PROVIDER = "organisation org_secret of the provider"


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: dict[str, str]  # names in lower case
    body: dict[str, Any]

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def user(self) -> str:
        return str(self.body["messages"][-1]["content"])

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object in the user message, or nothing where there is none."""
        value = json.loads(self.user) if self.user.lstrip().startswith("{") else {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back; status 0 drops the connection instead."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


Behaviour = Callable[[Request], Response]

_SYLLABLES = [consonant + vowel for consonant, vowel in zip("bcdfghjklmnprstvwxyz", "aeiou" * 4, strict=True)]


def _words(seed: str, count: int) -> list[str]:
    digest = hashlib.sha256(seed.encode()).digest()
    return ["".join(_SYLLABLES[byte % 20] for byte in digest[i * 4 : i * 4 + 4]) for i in range(count)]


def questions_for(data: dict[str, Any]) -> list[dict[str, Any]]:
    """As many questions as were asked for, distinct, always the same for the same request."""
    avoided = set(data.get("avoid", ()))
    return list(_questions(data, avoided))


def _questions(data: dict[str, Any], avoided: set[str]) -> Iterator[dict[str, Any]]:
    difficulties = [name for name, count in data.get("difficulties", {}).items() for _ in range(count)]
    number = 0
    for entry in data.get("topics", ()):
        written = 0
        index = 0
        while written < entry["count"]:
            index += 1
            one, two, three, four, five = _words(f"{entry['topic']}/{data.get('focus')}/{index}", 5)
            text = f"How does {one} {two} relate to {three} {four} and {five} in {entry['topic']}?"
            if text in avoided:
                continue
            yield {
                "text": text,
                "answer": f"{one.capitalize()} and {three} meet in {five}; {two} decides which leads.",
                "difficulty": difficulties[number % len(difficulties)] if difficulties else "medium",
                "topic": entry["topic"],
                "category": "concept",
                "tags": [one, three],
            }
            written += 1
            number += 1


def _error(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    message = f"Something about the {SECRET_OF_THE_PROVIDER}"
    body = {"error": {"message": message, "type": "error", "code": code, **more}}
    return Response(status, json.dumps(body), headers or {})


def _completion(text: str | None, finish_reason: str = "stop") -> Response:
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
    }
    return Response(200, json.dumps(body))


def good(request: Request) -> Response:
    return _completion(json.dumps({"questions": questions_for(request.data)}))


def says(text: str | None, finish_reason: str = "stop") -> Behaviour:
    """The model writes exactly this."""
    return lambda request: _completion(text, finish_reason)


def slow(seconds: float) -> Behaviour:
    """Good, after a while."""

    def behave(request: Request) -> Response:
        time.sleep(seconds)
        return good(request)

    return behave


def held(release: threading.Event) -> Behaviour:
    """Good, once released (or after 10 s)."""

    def behave(request: Request) -> Response:
        release.wait(10)
        return good(request)

    return behave


def rate_limited(retry_after: str | None = None) -> Behaviour:
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return lambda request: _error(429, "rate_limit_exceeded", headers)


def failing(status: int = 500, retry_after: str | None = None) -> Behaviour:
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return lambda request: _error(status, "internal_error", headers)


def rejecting(status: int = 401) -> Behaviour:
    return lambda request: _error(status, "invalid_request")


def invalid_json_refused(request: Request) -> Response:
    """Groq's answer where its model wrote no valid JSON in JSON mode: the text is in the error."""
    written = json.dumps({"questions": questions_for(request.data)})[:-2] + ","
    return _error(400, "json_validate_failed", failed_generation=written)


def without_json_mode(request: Request) -> Response:
    """A server that does not know `response_format`."""
    return rejecting(400)(request) if "response_format" in request.body else good(request)


def truncated(request: Request) -> Response:
    """Cut off by the token limit in the middle of the last question."""
    text = json.dumps({"questions": questions_for(request.data)})
    return _completion(text[: text.rindex('"answer"') + 20], "length")


def fenced(request: Request) -> Response:
    text = json.dumps({"questions": questions_for(request.data)}, indent=2)
    return _completion(f"Sure! Here are {{your}} questions:\n```json\n{text}\n```\nGood luck {{}}!")


def bare_list(request: Request) -> Response:
    return _completion(json.dumps(questions_for(request.data)))


def wrong_shapes(request: Request) -> Response:
    """Every second question is unusable, each in another way."""
    questions = questions_for(request.data)
    faults: list[dict[str, Any]] = [
        {"answer": ""},
        {"text": None},
        {"answer": ["a", "list"]},
        {"text": "x" * 3_000},
        {"answer": "\x00\x07 "},
    ]
    for index, question in enumerate(questions):
        if index % 2:
            question.update(faults[index // 2 % len(faults)])
    return _completion(json.dumps({"questions": questions}))


def not_a_completion(request: Request) -> Response:
    return Response(200, json.dumps({"choices": [], "usage": "none"}))


def not_json(request: Request) -> Response:
    return Response(200, "<html>Bad gateway</html>", {"Content-Type": "text/html"})


def forgetful(request: Request) -> Response:
    """Good, but deaf to what is to be avoided."""
    return _completion(json.dumps({"questions": questions_for({**request.data, "avoid": []})}))


def duplicates(request: Request) -> Response:
    """The first question over and over."""
    questions = questions_for({**request.data, "avoid": []})
    return _completion(json.dumps({"questions": questions[:1] * len(questions)}))


def dropped(request: Request) -> Response:
    return Response(0, "")


class FakeLlm:
    """The server, from `with` to its end. Its threads and its port are given back then."""

    def __init__(self, *behaviours: Behaviour, port: int = 0) -> None:
        self._behaviours = list(behaviours) or [good]
        self._lock = threading.Lock()
        self.in_flight = 0
        self.peak_in_flight = 0
        self.requests: list[Request] = []
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL for Groq's client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def openai_url(self) -> str:
        """The base URL for clients of the OpenAI format."""
        return f"{self.url}/v1"

    def behave(self, *behaviours: Behaviour) -> None:
        """Play these from now on."""
        with self._lock:
            self._behaviours = list(behaviours)

    def __enter__(self) -> FakeLlm:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """From now on nobody listens at the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _respond(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
            self.in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
            behaviour = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
        try:
            return behaviour(request)
        finally:
            with self._lock:
                self.in_flight -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        llm = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                response = (
                    llm._respond(Request(self.path, headers, json.loads(raw)))
                    if self.path in PATHS
                    else _error(404, "not_found")
                )
                if response.status == 0:
                    self.close_connection = True
                    return
                body = response.body.encode()
                self.send_response(response.status)
                for name, value in {"Content-Type": "application/json", **response.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: tests read `requests`."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are part of the tests."""


_BY_NAME: dict[str, Callable[[str], Behaviour]] = {
    "good": lambda argument: good,
    "slow": lambda argument: slow(float(argument or 1)),
    "rate_limited": lambda argument: rate_limited(argument or None),
    "failing": lambda argument: failing(int(argument or 500)),
    "rejecting": lambda argument: rejecting(int(argument or 401)),
    "truncated": lambda argument: truncated,
    "not_json": lambda argument: not_json,
    "duplicates": lambda argument: duplicates,
    "dropped": lambda argument: dropped,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="A local stand-in for a chat-completions API.")
    parser.add_argument("--port", type=int, default=8901)
    parser.add_argument("--behaviour", default="good", help=f"NAME[:ARGUMENT], of {', '.join(_BY_NAME)}")
    arguments = parser.parse_args()
    name, _, argument = arguments.behaviour.partition(":")
    with FakeLlm(_BY_NAME[name](argument), port=arguments.port) as llm:
        print(f"GROQ_BASE_URL={llm.url} FALLBACK_LLM_URL={llm.openai_url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
