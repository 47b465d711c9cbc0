"""The commands for operators, with and without running processes."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from adapters.system.clock import SystemClock
from core.domain.library.sessions import Experience, SessionContent
from core.domain.mail.emails import EmailKind, EmailState
from entrypoints.cli import main
from entrypoints.wiring.application import Application
from tests.building import application_in_memory, signed_up
from tests.fakes import ScriptedGenerator
from tests.integration.processes.installation import SECRET, Installation
from tests.integration.processes.waiting import until

UNKNOWN = "01JD3Y5A0ZK4V9Q8N7M6H5G4F3"


@pytest.fixture
def writer() -> ScriptedGenerator:
    return ScriptedGenerator()


@pytest.fixture
def application(embedded: Installation, writer: ScriptedGenerator) -> Iterator[Application]:
    """On the data that the commands see."""
    built = application_in_memory(
        embedded.data_dir,
        SystemClock(),
        [writer],
        database_url=f"sqlite:///{embedded.data_dir / 'interview_prep.db'}",
        secret_keys=(SECRET,),
        job_max_attempts=1,
    )
    yield built
    built.close()


@pytest.fixture
def ada(application: Application) -> str:
    """The id of a user."""
    return signed_up(application).user.id


@pytest.fixture
def session_id(application: Application, ada: str) -> str:
    content = SessionContent("Backend developer", Experience.MID, ("Python",))
    return application.library.sessions.create(ada, content).session.id


@pytest.fixture
def failed(application: Application, writer: ScriptedGenerator, ada: str, session_id: str) -> str:
    """The id of a failed job."""
    writer.fail_next("provider_unavailable")
    job = application.generation.service.request(ada, session_id, 3)
    application.work.runner.run_due()
    return job.id


@pytest.fixture
def root_logger() -> Iterator[None]:
    """Commands set up the logs of their process: here that is ours."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


Say = Callable[..., Result]
"""Runs a command in this process, which is quicker: `say("jobs", "list")`."""


@pytest.fixture
def say(embedded: Installation, monkeypatch: pytest.MonkeyPatch, root_logger: None) -> Say:
    monkeypatch.chdir(embedded.folder)

    def run(*arguments: str, exit_code: int = 0) -> Result:
        ended = CliRunner().invoke(main, arguments, env=embedded.settings)
        assert ended.exit_code == exit_code, (ended.output, ended.exception)
        return ended

    return run


def test_help_names_every_command(say: Say) -> None:
    for name in ("run", "api", "worker", "indexes", "jobs", "mail"):
        assert re.search(rf"^  {name} +\w", say("--help").stdout, re.MULTILINE)
    for name in ("list", "show", "retry", "sweep"):
        assert re.search(rf"^  {name} +\w", say("jobs", "--help").stdout, re.MULTILINE)
    for name in ("list", "show", "resend", "preview"):
        assert re.search(rf"^  {name} +\w", say("mail", "--help").stdout, re.MULTILINE)


def test_help_needs_no_settings(embedded: Installation) -> None:
    assert embedded.command("jobs", "list", "--help", PORT="eighty").returncode == 0


def test_an_unknown_command_is_refused(say: Say) -> None:
    ended = say("dance", exit_code=2)

    assert "No such command 'dance'" in ended.stderr


def test_jobs_of_a_new_installation(say: Say) -> None:
    assert "Oldest waiting  none" in say("jobs", "list").stdout


def test_jobs_list_shows_the_queue_and_every_job(
    application: Application, say: Say, ada: str, session_id: str, failed: str
) -> None:
    waiting = application.generation.service.request(ada, session_id, 5).id

    shown = say("jobs", "list").stdout

    assert "1 queued, 0 running, 0 succeeded, 1 failed, 0 cancelled" in shown
    assert re.search(r"Queue depth +[1-9]", shown)
    assert re.search(rf"Oldest waiting +{waiting} for \d+ s", shown)
    assert re.search(rf"{waiting} +generate_questions +queued +0/5 +attempt 0", shown)
    assert re.search(rf"{failed} +generate_questions +failed .* provider_unavailable$", shown, re.MULTILINE)
    assert shown.index(waiting, shown.index("Running")) < shown.index(failed), "newest first"


def test_jobs_list_by_status(application: Application, say: Say, failed: str) -> None:
    assert failed in say("jobs", "list", "--status", "failed").stdout
    assert failed not in say("jobs", "list", "--status", "succeeded").stdout
    say("jobs", "list", "--status", "lost", exit_code=2)
    say("jobs", "list", "--limit", "0", exit_code=2)


def test_jobs_list_tells_stuck_jobs(
    application: Application, embedded: Installation, say: Say, ada: str, session_id: str
) -> None:
    job = application.generation.service.request(ada, session_id, 5)
    with embedded.stores() as stores:
        stores.jobs.save(job.leased("a dead worker", job.created_at, timedelta(0)))

    shown = say("jobs", "list").stdout

    assert "Running         1, of which stuck: 1" in shown
    assert re.search(rf"{job.id} +generate_questions +stuck", shown)
    assert json.loads(say("jobs", "show", job.id).stdout)["lease"]["owner"] == "a dead worker"


def test_jobs_show(say: Say, ada: str, session_id: str, failed: str) -> None:
    shown = json.loads(say("jobs", "show", failed).stdout)

    assert (shown["id"], shown["status"], shown["user_id"]) == (failed, "failed", ada)
    assert shown["params"]["session_id"] == session_id
    assert shown["error"]["code"] == "provider_unavailable"
    assert shown["lease"] is None


def test_jobs_retry_lets_a_failed_job_run_again(
    application: Application, say: Say, ada: str, failed: str
) -> None:
    assert say("jobs", "retry", failed).stdout == f"{failed} is queued\n"

    application.work.runner.run_due()

    assert application.jobs.service.get(ada, failed).status == "succeeded"
    assert "Only a failed job" in say("jobs", "retry", failed, exit_code=1).stderr


def test_jobs_sweep_does_what_was_left_undone(
    application: Application, say: Say, ada: str, session_id: str
) -> None:
    application.generation.service.request(ada, session_id, 5)

    chores = dict(line.split(": ") for line in say("jobs", "sweep").stdout.splitlines())

    assert chores["due jobs"] == "1"
    assert {"follow-ups", "outbox", "expired exports"} <= chores.keys()


@pytest.mark.parametrize(
    "command", [("jobs", "show"), ("jobs", "retry"), ("mail", "show"), ("mail", "resend")]
)
@pytest.mark.parametrize("unknown", [UNKNOWN, "no id \N{SNOWMAN}"])
def test_what_there_is_not_is_said(say: Say, command: tuple[str, str], unknown: str) -> None:
    assert "There is no such" in say(*command, unknown, exit_code=1).stderr


def test_mail_from_the_outbox_to_the_second_sending(
    application: Application, embedded: Installation, say: Say, ada: str, session_id: str, failed: str
) -> None:
    with embedded.stores() as stores:
        user = stores.users.get(ada)
        assert user is not None
    listed = say("mail", "list", "--state", "queued").stdout
    mail_id = re.search(r"^(\S+)  generation_complete +queued", listed, re.MULTILINE)
    assert mail_id is not None, listed
    assert "welcome" in listed
    shown = json.loads(say("mail", "show", mail_id[1]).stdout)
    assert (shown["kind"], shown["state"], shown["to"]) == ("generation_complete", "queued", user.email)
    assert "Backend developer" not in json.dumps(shown), "what it says is nobody else's business"

    application.mail.sender.send_now(mail_id[1])
    assert json.loads(say("mail", "show", mail_id[1]).stdout)["state"] == EmailState.SENT
    first = list((embedded.data_dir / "mail").glob("*.eml"))
    assert say("mail", "resend", mail_id[1]).stdout == f"{mail_id[1]} is queued\n"

    application.mail.sender.send_now(mail_id[1])
    assert json.loads(say("mail", "show", mail_id[1]).stdout)["state"] == EmailState.SENT
    assert len(list((embedded.data_dir / "mail").glob("*.eml"))) >= len(first)


def test_mail_preview_writes_every_kind(embedded: Installation, say: Say) -> None:
    say("mail", "preview", "shown")

    for kind in EmailKind:
        html = (embedded.folder / "shown" / f"{kind}.html").read_text()
        text = (embedded.folder / "shown" / f"{kind}.txt").read_text()
        assert "<html" in html
        assert text.startswith("Subject: ")
        assert "{{" not in html + text


def test_a_job_that_is_retried_beside_a_running_product(
    embedded: Installation, say: Say, failed: str
) -> None:
    embedded.serve("run")

    say("jobs", "retry", failed)

    def status() -> bool:
        return str(json.loads(say("jobs", "show", failed).stdout)["status"]) == "succeeded"

    until(status, "succeeded job")


def test_indexes_are_listed_with_the_queries_that_they_serve(
    embedded: Installation, database_url: str
) -> None:
    ended = embedded.command("indexes", DATABASE_URL=database_url)

    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^jobs\.\w+ \(.*due_at.*\): .*due", ended.stdout, re.MULTILINE)
    assert embedded.command("indexes", DATABASE_URL=database_url).stdout == ended.stdout


def test_indexes_are_for_mongodb(say: Say) -> None:
    assert "SQLite" in say("indexes", exit_code=1).stderr


def test_a_database_that_is_unavailable_is_said(embedded: Installation) -> None:
    away = "mongodb://127.0.0.1:9/prep?serverSelectionTimeoutMS=200"

    ended = embedded.command("jobs", "list", DATABASE_URL=away)

    assert ended.returncode == 1
    assert "The database is unavailable" in ended.stderr
    assert "Traceback" not in ended.stderr
