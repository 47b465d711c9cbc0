"""Somebody who uses the product over HTTP, whichever processes serve it."""

from __future__ import annotations

from typing import Any

import httpx

from tests.integration.processes.waiting import until

PASSWORD = "correct horse battery"


class Person:
    def __init__(self, url: str, email: str) -> None:
        self.email = email
        self._client = httpx.Client(base_url=f"{url}/api/v1", timeout=15)

    def close(self) -> None:
        self._client.close()

    def sign_up(self) -> Person:
        body = {"full_name": "Ada Lovelace", "email": self.email, "password": PASSWORD}
        return self._take_token(self.ask("POST", "/auth/register", 201, json=body))

    def log_in(self) -> Person:
        body = {"email": self.email, "password": PASSWORD}
        return self._take_token(self.ask("POST", "/auth/login", 200, json=body))

    def _take_token(self, answer: Any) -> Person:
        self._client.cookies.clear()
        self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return self

    def fetch(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._client.request(method, path, **options)

    def ask(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        """The JSON of the answer, which must have that status."""
        response = self.fetch(method, path, **options)
        assert response.status_code == status, (
            f"{method} {path}: {response.status_code} {response.text[:500]}"
        )
        return response.json() if response.content else None

    def make_session(self, role: str = "Backend engineer") -> str:
        body = {"role": role, "experience": "mid", "topics": ["Python", "SQL"]}
        return str(self.ask("POST", "/sessions", 201, json=body)["id"])

    def add_question(self, session_id: str, text: str) -> str:
        body = {"text": text, "answer": "It depends, and here is on **what**."}
        return str(self.ask("POST", f"/sessions/{session_id}/questions", 201, json=body)["id"])

    def generate(self, session_id: str, count: int, **wishes: Any) -> str:
        """The id of the job."""
        path = f"/sessions/{session_id}/questions/generate"
        return str(self.ask("POST", path, 202, json={"count": count, **wishes})["job"]["id"])

    def export(self, session_id: str, export_format: str, **options: Any) -> str:
        """The id of the job."""
        path = f"/sessions/{session_id}/exports"
        return str(self.ask("POST", path, 202, json={"format": export_format, **options})["job"]["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/jobs/{job_id}")
        return found

    def ended(self, job_id: str, *, within: float = 30.0) -> dict[str, Any]:
        """The job, once it has ended."""
        return until(
            lambda: self._if(job_id, "succeeded", "failed", "cancelled"), "end of the job", within=within
        )

    def begun(self, job_id: str, *, done: int = 0, within: float = 20.0) -> dict[str, Any]:
        """The job, once it runs and has made so many units of progress."""

        def look() -> dict[str, Any] | None:
            job = self._if(job_id, "running", "succeeded")
            return job if job is not None and job["progress"]["done"] >= done else None

        job = until(look, "running job", within=within)
        assert job["status"] == "running", "it ended before the test could step in"
        return job

    def _if(self, job_id: str, *statuses: str) -> dict[str, Any] | None:
        job = self.job(job_id)
        return job if job["status"] in statuses else None

    def questions(self, session_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.ask("GET", f"/sessions/{session_id}/questions", params={"limit": "100", **cursor})
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}

    def download(self, export_id: str) -> bytes:
        response = self.fetch("GET", f"/exports/{export_id}/download")
        assert response.status_code == 200, response.text[:500]
        assert len(response.content) == int(response.headers["Content-Length"])
        return response.content

    def exported(self, session_id: str, export_format: str, **options: Any) -> bytes:
        """The file, once it is written."""
        job = self.ended(self.export(session_id, export_format, **options))
        assert job["status"] == "succeeded", job
        return self.download(job["result"]["export_id"])
