"""The embedded product, with users and sessions, in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.crypto.tokens import SignedTokens
from adapters.system.ids import UlidIds
from benchmarks.exports import answer
from benchmarks.sockets import answers
from core.domain.identity.logins import Login
from core.domain.library.questions import Question, QuestionContent
from core.domain.library.sessions import Experience, Session
from entrypoints.settings import RateLimits, Settings
from entrypoints.wiring.stores import open_stores
from tests.servers import free_port

SECRET = "a secret for benchmarks that is long enough"
LONGEST_SECONDS = 120.0

_NO_LIMIT = "1000000 per minute"
_RATE_LIMITS = RateLimits(*[_NO_LIMIT] * len(RateLimits.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Person:
    """A user with a session, and the question that is changed."""

    user_id: str
    token: str
    session_id: str
    question_id: str


def seeded(folder: Path, people: int, questions: int) -> list[Person]:
    """So many users, each with a login and a session of so many questions."""
    stores = open_stores(settings_of(folder))
    tokens, ids, now = SignedTokens([SECRET]), UlidIds(), datetime.now(UTC)
    seeded_people = []
    for _ in range(people):
        login = Login(ids.new(), ids.new(), "nonce", now, now + timedelta(days=1))
        session = Session(ids.new(), login.user_id, "Engineer", Experience.MID, ("Python",), now, now)
        contents = [QuestionContent(f"Question {n}: what then?", answer(n)) for n in range(questions)]
        made = [Question.custom(ids.new(), session, content, now) for content in contents]
        stores.logins.add(login)
        stores.sessions.add(session)
        stores.questions.put(made)
        token = tokens.access(login, now, now + timedelta(hours=1))
        seeded_people.append(Person(login.user_id, token, session.id, made[0].id))
    stores.close()
    return seeded_people


def settings_of(folder: Path) -> Settings:
    return Settings(folder, f"sqlite:///{folder}/interview_prep.db", "", (SECRET,), limits=_RATE_LIMITS)


@contextmanager
def product(folder: Path) -> Iterator[int]:
    """The port of an embedded product."""
    port = free_port()
    limits = {f"RATE_LIMIT_{name.upper()}": _NO_LIMIT for name in RateLimits.__dataclass_fields__}
    environment = {
        **os.environ,
        **limits,
        "DATA_DIR": str(folder),
        "SECRET_KEY": SECRET,
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "entrypoints.cli", "run"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        while not answers(port):
            if process.poll() is not None:
                raise RuntimeError("the product does not start")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


class Client:
    """A user's connection to the product."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        sent = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/v1{path}", sent, self._headers)
        answered = self._connection.getresponse()
        return answered.status, json.loads(answered.read())
