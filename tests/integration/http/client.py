"""A client of the API as a person would use it: JSON in, JSON out, one login."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery"


class ApiClient:
    def __init__(self, client: FlaskClient, access_token: str | None = None) -> None:
        self._client = client
        self.access_token = access_token
        self.refresh_token: str | None = None

    def sign_up(self, email: str, full_name: str = "Ada Lovelace") -> ApiClient:
        answer = self.post("/auth/register", email=email, full_name=full_name, password=PASSWORD)
        assert answer.status_code == 201, answer.json
        return self.take_tokens(answer.json)

    def take_tokens(self, body: dict[str, Any]) -> ApiClient:
        self.access_token, self.refresh_token = body["access_token"], body["refresh_token"]
        return self

    def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> TestResponse:
        """`path` is below /api/v1 unless it begins with /health, /api or /problems."""
        url = path if path.startswith(("/health", "/api", "/problems")) else f"/api/v1{path}"
        bearer = {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}
        return self._client.open(url, method=method, headers={**bearer, **(headers or {})}, **options)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.request("GET", path, query_string=query)

    def post(self, path: str, **body: Any) -> TestResponse:
        return self.request("POST", path, json=body)

    def patch(self, path: str, **body: Any) -> TestResponse:
        return self.request("PATCH", path, json=body)

    def put(self, path: str) -> TestResponse:
        return self.request("PUT", path)

    def delete(self, path: str) -> TestResponse:
        return self.request("DELETE", path)

    def make_session(self, **content: Any) -> dict[str, Any]:
        body = {"role": "Backend engineer", "experience": "mid", "topics": ["Python", "SQL"], **content}
        answer = self.post("/sessions", **body)
        assert answer.status_code == 201, answer.json
        made: dict[str, Any] = answer.json
        return made

    def add_question(self, session_id: str, **content: Any) -> dict[str, Any]:
        body = {"text": "What is a list?", "answer": "A sequence that can be changed.", **content}
        answer = self.post(f"/sessions/{session_id}/questions", **body)
        assert answer.status_code == 201, answer.json
        made: dict[str, Any] = answer.json
        return made

    def generate(self, session_id: str, count: int = 3, **wishes: Any) -> dict[str, Any]:
        """The job, which has yet to run."""
        answer = self.post(f"/sessions/{session_id}/questions/generate", count=count, **wishes)
        assert answer.status_code == 202, answer.json
        job: dict[str, Any] = answer.json["job"]
        return job

    def walk(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            answer = self.get(path, **query, **cursor)
            assert answer.status_code == 200, answer.json
            items += answer.json["items"]
            if answer.json["next_cursor"] is None:
                return items
            cursor = {"cursor": answer.json["next_cursor"]}


def refusal(answer: TestResponse, status: int, code: str, public_url: str = "") -> dict[str, Any]:
    """The problem details (RFC 9457) of an answer that must be this refusal. `public_url` is PUBLIC_URL."""
    problem: dict[str, Any] = answer.json
    assert (answer.status_code, problem.get("code")) == (status, code), answer.text[:500]
    assert answer.mimetype == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"] == f"{public_url}/problems/{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return problem


def refused_fields(answer: TestResponse, code: str = "validation_failed") -> dict[str, list[str]]:
    """The messages by field of an answer that must be a 422."""
    errors: dict[str, list[str]] = refusal(answer, 422, code)["errors"]
    return errors
