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
        """`path` is below /api/v1 unless it begins with /health or /api."""
        url = path if path.startswith(("/health", "/api")) else f"/api/v1{path}"
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
