from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from core.domain.errors import NotAuthenticated
from core.domain.identity.audit import Origin
from entrypoints.logs import set_up_logs
from entrypoints.request_id import begin_request
from tests.building import SECRET, application_in_memory, signed_up
from tests.fakes import ManualClock, ScriptedGenerator
from tests.unit.services.asking import a_session

GROQ_KEY = "gsk_a_key_that_nobody_may_see"
PASSWORD = "correct horse battery"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {
        name: logger.level
        for name, logger in logging.Logger.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, logger in logging.Logger.manager.loggerDict.items():
        if isinstance(logger, logging.Logger):
            logger.setLevel(levels.get(name, logging.NOTSET))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What has been logged since the last look."""
    return [json.loads(line) for line in capsys.readouterr().err.split("\n") if line]


def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO")
    request_id = begin_request("request-1")
    logging.getLogger("core.services.jobs.jobs").info("job %s begins", "J1", extra={"job_id": "J1"})

    (line,) = lines(capsys)
    assert request_id == "request-1"
    assert line["request_id"] == "request-1"
    assert (line["level"], line["logger"], line["message"]) == (
        "INFO",
        "core.services.jobs.jobs",
        "job J1 begins",
    )
    assert line["job_id"] == "J1"
    assert line["time"].startswith("20")


def test_every_line_is_one_json_object_whatever_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO")
    logging.getLogger("any").info('line\nbreaks, "quotes", \x00, ünïcode and \u2028', extra={"n": 1})

    (line,) = lines(capsys)
    assert line["message"] == 'line\nbreaks, "quotes", \x00, ünïcode and \u2028'


def test_an_exception_is_in_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO")
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("any").exception("it broke")

    (line,) = lines(capsys)
    assert "RuntimeError: broken" in line["exc_info"]


@pytest.mark.parametrize(
    ("level", "logged"),
    [("DEBUG", ["debug", "info", "error"]), ("INFO", ["info", "error"]), ("ERROR", ["error"])],
)
def test_what_is_below_the_level_is_not_logged(
    capsys: pytest.CaptureFixture[str], level: str, logged: list[str]
) -> None:
    set_up_logs(level)
    logger = logging.getLogger("core.services.jobs.jobs")
    logger.debug("debug")
    logger.info("info")
    logger.error("error")

    assert [line["message"] for line in lines(capsys)] == logged


@pytest.mark.parametrize("library", ["werkzeug", "huey", "httpx", "pymongo", "groq"])
def test_libraries_that_talk_a_lot_are_heard_from_warnings_on(
    capsys: pytest.CaptureFixture[str], library: str
) -> None:
    set_up_logs("DEBUG")
    logging.getLogger(library).info("every little thing")
    logging.getLogger(library).warning("something")

    assert [line["message"] for line in lines(capsys)] == ["something"]


def test_setting_up_twice_logs_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO")
    set_up_logs("INFO")
    logging.getLogger("any").info("once")

    assert len(lines(capsys)) == 1


def test_a_person_at_a_terminal_gets_readable_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    set_up_logs("INFO")
    begin_request("request-1")
    logging.getLogger("core.services.jobs.jobs").warning("the queue is away")

    assert terminal.getvalue().endswith("WARNING the queue is away  [request-1]\n")
    assert "{" not in terminal.getvalue()


def break_down(_: int) -> None:
    raise RuntimeError("broken down")


def test_a_client_can_neither_forge_a_line_nor_speak_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    set_up_logs("INFO")
    logging.getLogger("entrypoints.http.app").info("GET %s", "/a\nERROR all is lost\x1b[31m\x9b2J\rb")

    (line,) = terminal.getvalue().splitlines()
    assert "\\nERROR all is lost\\x1b[31m\\x9b2J\\x0db" in line


def test_no_secret_is_logged_by_accounts_and_jobs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    set_up_logs("DEBUG")
    clock, writer = ManualClock(), ScriptedGenerator()
    application = application_in_memory(tmp_path, clock, [writer], groq_api_key=GROQ_KEY)
    begin_request("request-1")
    origin = Origin("192.0.2.1", "a browser", "request-1")

    logged_in = signed_up(application)
    with pytest.raises(NotAuthenticated):
        application.identity.accounts.login("ada@example.com", "a wrong password", origin)
    again = application.identity.accounts.login("ada@example.com", PASSWORD, origin)
    refreshed = application.identity.logins.refresh(again.refresh_token, origin)
    clock.advance(seconds=10)
    with pytest.raises(NotAuthenticated):
        application.identity.logins.refresh(again.refresh_token, origin)
    application.identity.password_reset_otp.request("ada@example.com", origin)
    writer.before_batch = break_down
    application.generation.service.request(logged_in.user.id, a_session(application, logged_in.user.id), 5)
    application.work.runner.run_due()
    application.work.chores.run_all()
    application.close()

    logged = lines(capsys)
    written = json.dumps(logged)
    assert "broken down" in written
    assert {line["request_id"] for line in logged} == {"request-1"}
    tokens = [
        text for each in (logged_in, again, refreshed) for text in (each.access_token, each.refresh_token)
    ]
    for secret in (
        PASSWORD,
        "a wrong password",
        SECRET,
        GROQ_KEY,
        logged_in.user.password_hash,
        *tokens,
    ):
        assert secret not in written
