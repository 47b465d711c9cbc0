"""The tour of the README with the generated Python client. Prints each step that has succeeded.

The command line names the URL of the API.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from interview_prep_client import AuthenticatedClient, Client
from interview_prep_client.api.auth import log_in, register_user
from interview_prep_client.api.exports import download_export, export_session
from interview_prep_client.api.jobs import get_job
from interview_prep_client.api.notifications import list_notifications
from interview_prep_client.api.questions import (
    generate_questions,
    list_session_questions,
    pin_question,
    update_question,
)
from interview_prep_client.api.sessions import create_session
from interview_prep_client.models import (
    Generate,
    JobStatus,
    Login,
    NewExport,
    NewExportFormat,
    NewSession,
    NewSessionExperience,
    Problem,
    QuestionContent,
    Register,
)

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


def succeeded(client: AuthenticatedClient, job_id: str) -> Any:
    """The job once it has succeeded, after a minute at most."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = get_job.sync(job_id, client=client)
        if job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
            assert job.status == JobStatus.SUCCEEDED, job
            return job
        time.sleep(0.1)
    raise TimeoutError(job_id)


def main(url: str) -> None:
    anonymous = Client(url, raise_on_unexpected_status=True)
    user = register_user.sync(client=anonymous, body=Register("Ada Lovelace", EMAIL, PASSWORD)).user
    assert user.email == EMAIL
    print("registered")

    token = log_in.sync(client=anonymous, body=Login(EMAIL, PASSWORD)).access_token
    client = AuthenticatedClient(url, token, raise_on_unexpected_status=True)
    print("logged in")

    session = create_session.sync(
        client=client, body=NewSession("Backend engineer", NewSessionExperience.SENIOR, ["Python", "SQL"])
    )
    assert session.topics == ["Python", "SQL"]
    print("session created")

    job = generate_questions.sync(session.id, client=client, body=Generate(10)).job
    assert len(succeeded(client, job.id).result["question_ids"]) == 10
    print("questions generated")

    page = list_session_questions.sync(session.id, client=client, limit=3)
    assert len(page.items) == 3
    assert page.next_cursor
    rest = list_session_questions.sync(session.id, client=client, cursor=page.next_cursor)
    assert len(rest.items) == 7
    assert rest.next_cursor is None
    question = page.items[0]
    assert question.source == "bank"
    print("questions listed")

    assert pin_question.sync(question.id, client=client).pinned
    noted = update_question.sync(question.id, client=client, body=QuestionContent(notes="Ask for an example"))
    assert noted.notes == "Ask for an example"
    print("question changed")

    job = export_session.sync(session.id, client=client, body=NewExport(NewExportFormat.PDF)).job
    export_id = succeeded(client, job.id).result["export_id"]
    print("session exported")

    file = download_export.sync(export_id, client=client)
    assert isinstance(file, bytes)
    assert file.startswith(b"%PDF-")
    print("file downloaded")

    assert {item.type_ for item in list_notifications.sync(client=client).items}
    print("notifications listed")

    problem = get_job.sync("01JD3Y6T0ZK4V9Q8N7M6H5G4F3", client=client)
    assert isinstance(problem, Problem)
    assert problem.code == "job_not_found"
    print("problem understood")


if __name__ == "__main__":
    main(sys.argv[1])
