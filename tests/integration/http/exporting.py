"""Making exports, as tests need them."""

from __future__ import annotations

from typing import Any

from entrypoints.wiring.application import Application
from tests.integration.http.client import ApiClient


def session_to_export(user: ApiClient) -> dict[str, Any]:
    """With two questions, of which the second is pinned."""
    made = user.make_session()
    user.add_question(made["id"], text="What is a list?")
    pinned = user.add_question(made["id"], text="What is a tuple?", answer="It *stays*.", notes="Ask again.")
    user.put(f"/questions/{pinned['id']}/pin")
    return made


def exported(
    application: Application, user: ApiClient, session_id: str, export_format: str = "csv", **options: bool
) -> str:
    """The id of the export, once it is written."""
    answer = user.post(f"/sessions/{session_id}/exports", format=export_format, **options)
    assert answer.status_code == 202, answer.text
    application.work.runner.run_due()
    job = user.get(f"/jobs/{answer.json['job']['id']}").json
    assert job["status"] == "succeeded", job
    return str(job["result"]["export_id"])
