"""interview-prep run: the whole product in one process, on files."""

from __future__ import annotations

import signal
import socket
import time

import pytest

from core.domain.jobs.jobs import JobStatus
from tests.fake_llm import FakeLlm, good, slow
from tests.integration.processes.installation import SECRET, Installation

# The promise is 3 seconds on a machine that does nothing else.
FIRST_ANSWER_SECONDS = 10


def test_it_works_and_keeps_its_data(embedded: Installation) -> None:
    began_at = time.monotonic()
    first = embedded.serve("run")
    assert time.monotonic() - began_at < FIRST_ANSWER_SECONDS
    assert "/api/docs" in first.saying("Interview Prep is running").log
    ada = embedded.person().sign_up()
    session_id = ada.make_session()
    job = ada.ended(ada.generate(session_id, 5))
    assert job["status"] == "succeeded", job
    questions = ada.questions(session_id)
    assert {question["source"] for question in questions} == {"bank"}
    assert ada.exported(session_id, "csv").startswith(b"\xef\xbb\xbf")

    assert first.stop(signal.SIGINT) == 0
    assert "Traceback" not in first.log
    embedded.serve("run")

    ada = embedded.person().log_in()
    assert ada.questions(session_id) == questions
    assert len(questions) == 5


def test_its_own_secret_is_kept_so_that_logins_survive_a_restart(embedded: Installation) -> None:
    first = embedded.serve("run", SECRET_KEY="")
    token = embedded.person().sign_up().fetch("GET", "/users/me").request.headers["Authorization"]
    assert first.stop(signal.SIGINT) == 0
    assert (embedded.data_dir / "secret_key").stat().st_mode & 0o077 == 0

    embedded.serve("run", SECRET_KEY="")

    assert embedded.person().ask("GET", "/users/me", headers={"Authorization": token})["email"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_running_job_is_queued_again_and_completed_after_a_start(
    embedded: Installation, llm: FakeLlm, groq: dict[str, str], number: signal.Signals
) -> None:
    llm.behave(slow(8))
    first = embedded.serve("run", SHUTDOWN_GRACE_SECONDS="0.5", **groq)
    ada = embedded.person().sign_up()
    session_id = ada.make_session()
    job_id = ada.generate(session_id, 12)
    ada.begun(job_id)

    assert first.stop(number, within=6) == 0

    assert "Traceback" not in first.log
    with embedded.stores() as stores:
        job = stores.jobs.get(job_id)
        assert job is not None
        assert (job.status, job.lease) == (JobStatus.QUEUED, None)

    llm.behave(good)
    embedded.serve("run", **groq)
    ada = embedded.person().log_in()
    assert ada.ended(job_id)["status"] == "succeeded"
    assert len({question["text"] for question in ada.questions(session_id)}) == 12


def test_a_job_survives_a_kill_too(embedded: Installation, llm: FakeLlm, groq: dict[str, str]) -> None:
    llm.behave(good, slow(20))
    embedded.settings |= {"JOB_LEASE_SECONDS": "1", **groq}
    first = embedded.serve("run")
    ada = embedded.person().sign_up()
    session_id = ada.make_session()
    job_id = ada.generate(session_id, 25)
    ada.begun(job_id, done=1)
    first.kill()

    llm.behave(good)
    embedded.serve("run")

    ada = embedded.person().log_in()
    assert ada.ended(job_id)["status"] == "succeeded"
    assert len({question["text"] for question in ada.questions(session_id)}) == 25
    assert ada.ask("GET", "/notifications")["unread_count"] == 1


def test_a_taken_port_is_told(embedded: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        ended = embedded.command("run", PORT=str(port))

    assert ended.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Set HOST or PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("DATABASE_URL", "mysql://127.0.0.1/prep"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("JOB_LEASE_SECONDS", "0"),
        ("SECRET_KEY", "short"),
        ("RATE_LIMIT_EXPORT", "often"),
        ("SMTP_URL", "http://127.0.0.1"),
        ("HOST", "no.such.host.invalid"),
    ],
)
def test_a_wrong_setting_is_named(embedded: Installation, name: str, value: str) -> None:
    ended = embedded.command("run", **{name: value})

    assert ended.returncode == 1
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("secret", ["", SECRET])
def test_a_data_folder_that_cannot_be_used_is_named(embedded: Installation, secret: str) -> None:
    occupied = embedded.folder / "occupied"
    occupied.write_text("a file, not a folder")

    ended = embedded.command("run", DATA_DIR=str(occupied), SECRET_KEY=secret)

    assert ended.returncode == 1
    assert f"DATA_DIR {occupied}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_second_ctrl_c_ends_it_at_once(embedded: Installation, llm: FakeLlm, groq: dict[str, str]) -> None:
    llm.behave(slow(8))
    program = embedded.serve("run", SHUTDOWN_GRACE_SECONDS="60", **groq)
    ada = embedded.person().sign_up()
    ada.begun(ada.generate(ada.make_session(), 3))

    program.tell(signal.SIGINT)
    program.saying("Stopping")

    assert program.stop(signal.SIGINT, within=3) == -signal.SIGINT
