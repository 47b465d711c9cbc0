"""Exports of the worst legal sessions: `python -m benchmarks.hostile_exports [kind ...]`.

A session has 1,000 questions whose answers are 20,000 hostile characters. A running product (`run`) exports
it in each format while another user asks who they are fifty times a second. Printed are how each export
ended, the time it took, the peak memory of its process, and the latency of the other requests meanwhile,
beside that of an idle product. Peak memory is read from /proc, which only Linux has.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from core.domain.library.exports import ExportFormat
from core.domain.library.limits import DEFAULT_LIMITS
from core.domain.library.questions import MAX_ANSWER_LENGTH, Question, QuestionContent
from core.domain.library.sessions import Experience, SessionContent
from entrypoints.settings import RateLimits, Settings
from entrypoints.wiring.application import build_application

MOST_SECONDS = 65.0
MOST_P95_MS = 50.0
PASSWORD = "correct horse battery"
SECRET = "a secret for benchmarks that is long enough for all"

_EVERY_SECONDS = 0.02
_IDLE_SECONDS = 10.0
_PATIENCE_SECONDS = 300.0
_UNLIMITED = "1000000 per minute"


def _repeated(piece: str, start: str = "") -> str:
    return (start + piece * (MAX_ANSWER_LENGTH // len(piece) + 1))[:MAX_ANSWER_LENGTH].strip()


KINDS = {
    "emphasis": _repeated("*a **b _c ~~d~~ `e` "),
    "quotes": _repeated("a\n", ">" * 18),
    "tables": _repeated("a\n", "|".join("a" * 10) + "\n" + "|".join("-" * 10) + "\n"),
    "cells": _repeated("a|b|c|d|e|f|g|h\n" * 200 + "\n", "a|b|c|d|e|f|g|h\n" + "-|" * 8 + "\n"),
    "lists": _repeated("1. a\n   - b\n     > c\n\n"),
    "marks": _repeated("a" + "\u0301" * 60),
    "word": _repeated("W"),
    "arabic": _repeated("\u0645\u0631\u062d\u0628\u0627"),
    "hebrew": _repeated("\u05d01a(\u05d1) "),
    "indic": _repeated("\u0b95\u0bcd\u0bb7\u0bbf\u0915\u094d\u0937\u093f "),
    "glyphless": _repeated("\U00012000"),
    "links": _repeated("[a](http://b) "),
}
ALL = "all"
"""The kind of a session in which the others take turns."""


@dataclass(frozen=True, slots=True)
class Measurement:
    kind: str
    format: str
    outcome: str
    seconds: float
    peak_mb: float
    p95_ms: float

    @property
    def is_within_limits(self) -> bool:
        has_ended = self.outcome in ("succeeded", "export_too_complex", "export_too_large")
        return has_ended and self.seconds < MOST_SECONDS and self.p95_ms < MOST_P95_MS


class Product:
    """A running product, and the users that the folder of its data already knows."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self.url = f"http://127.0.0.1:{port}/api/v1"

    def logged_in(self, email: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=30)
        answer = client.post("/auth/login", json={"email": email, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        return client


def _fill(folder: Path, kinds: list[str]) -> dict[str, str]:
    """Two users, and the sessions of the first; their ids by kind."""
    limits = RateLimits(*[_UNLIMITED] * 8)
    application = build_application(
        Settings(
            data_dir=folder,
            database_url=f"sqlite:///{folder / 'interview_prep.db'}",
            redis_url="",
            secret_keys=(SECRET,),
            limits=limits,
        )
    )
    stores, system = application.foundation.stores, application.foundation.system
    try:
        ada, _ = (
            application.identity.accounts.register(name, f"{name}@example.com", PASSWORD).user.id
            for name in ("ada", "grace")
        )
        sessions = {}
        for kind in kinds:
            content = SessionContent(role=f"Hostile {kind}", experience=Experience.MID, topics=("Text",))
            session = application.library.sessions.create(ada, content).session
            answers = list(KINDS.values()) if kind == ALL else [KINDS[kind]]
            contents = [QuestionContent("What is hostile?", answer) for answer in answers]
            ids, now = system.ids, system.clock.now()
            stores.questions.put(
                [
                    Question.custom(ids.new(), session, contents[number % len(contents)], now)
                    for number in range(DEFAULT_LIMITS.max_questions_per_session)
                ]
            )
            sessions[kind] = session.id
        return sessions
    finally:
        application.close()


@contextmanager
def _running(folder: Path) -> Iterator[Product]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    names = ("DEFAULT", "AUTH", "GENERATE", "EXPORT", "HEALTH")
    settings = {"DATA_DIR": str(folder), "PORT": str(port), "SECRET_KEY": SECRET, "LOG_LEVEL": "WARNING"}
    limits = {f"RATE_LIMIT_{name}": _UNLIMITED for name in names}
    process = subprocess.Popen(
        [sys.executable, "-m", "entrypoints.cli", "run"],
        env={**os.environ, **settings, **limits},
        stderr=subprocess.DEVNULL,
    )
    try:
        product = Product(folder, port, process)
        deadline = time.monotonic() + 30
        while not _answers(port):
            assert time.monotonic() < deadline, "the product does not start"
            time.sleep(0.1)
        yield product
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=2).is_success
    except httpx.TransportError:
        return False


class Asking:
    """Another user who asks again and again, and how long each answer took."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._stopped = threading.Event()
        self._took_ms: list[float] = []
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._stopped.wait(_EVERY_SECONDS):
            began = time.perf_counter()
            self._client.get("/users/me").raise_for_status()
            self._took_ms.append((time.perf_counter() - began) * 1000)

    def __enter__(self) -> Asking:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def p95_ms(self) -> float:
        return statistics.quantiles(self._took_ms, n=20)[-1]


def _peak_mb(product: int) -> float:
    """Of the largest process that was forked for an export, by now."""
    return max(
        (_status_kb(each, "VmHWM") / 1024 for server in _children(product) for each in _children(server)),
        default=0.0,
    )


def _children(parent: int) -> list[int]:
    try:
        found = [Path(f"/proc/{parent}/task/{task}/children") for task in os.listdir(f"/proc/{parent}/task")]
        return [int(child) for path in found for child in path.read_text().split()]
    except OSError:
        return []


def _status_kb(process: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _exported(product: Product, ada: httpx.Client, session_id: str, export_format: str) -> tuple[str, float]:
    """How the export ended, and the peak memory of its process."""
    asked = ada.post(f"/sessions/{session_id}/exports", json={"format": export_format})
    job: dict[str, Any] = asked.raise_for_status().json()["job"]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    peak_mb = 0.0
    while job["status"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.1)
        peak_mb = max(peak_mb, _peak_mb(product.process.pid))
        job = ada.get(f"/jobs/{job['id']}").raise_for_status().json()
    return job["error"]["code"] if job["error"] else job["status"], peak_mb


def measure(kinds: list[str]) -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        sessions = _fill(Path(folder), kinds)
        with _running(Path(folder)) as product:
            ada, grace = product.logged_in("ada@example.com"), product.logged_in("grace@example.com")
            with Asking(grace) as idle:
                time.sleep(_IDLE_SECONDS)
            yield Measurement("-", "-", "idle", _IDLE_SECONDS, 0.0, idle.p95_ms)
            for kind, session_id in sessions.items():
                for export_format in ExportFormat:
                    began = time.perf_counter()
                    with Asking(grace) as asking:
                        outcome, peak_mb = _exported(product, ada, session_id, export_format.value)
                    seconds = time.perf_counter() - began
                    yield Measurement(kind, export_format.value, outcome, seconds, peak_mb, asking.p95_ms)


def main() -> int:
    parser = argparse.ArgumentParser(description="Export the worst legal sessions.")
    parser.add_argument("kinds", nargs="*", default=[ALL], help=f"{ALL}, or of {', '.join(KINDS)}")
    kinds: list[str] = parser.parse_args().kinds
    print(f"{'kind':12}{'format':8}{'ended':22}{'seconds':>8}{'peak MB':>9}{'p95 ms of others':>18}")
    all_within = True
    for row in measure(kinds):
        is_fine = row.is_within_limits or row.outcome == "idle"
        all_within = all_within and is_fine
        print(
            f"{row.kind:12}{row.format:8}{row.outcome:22}{row.seconds:>8.1f}{row.peak_mb:>9.0f}{row.p95_ms:>18.1f}"
            + ("" if is_fine else "  over the limit"),
            flush=True,
        )
    return 0 if all_within else 1


if __name__ == "__main__":
    sys.exit(main())
