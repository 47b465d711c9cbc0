"""Times of other requests beside many logins: `python -m benchmarks.logins`.

Starts the product on 127.0.0.1, once as `run` and once as `api` with MongoDB (or what speaks its
protocol) and Redis. Fifty users log in again and again in a process of their own, and wait as
`Retry-After` tells them.
Meanwhile another user asks `GET /api/v1/users/me`, fifty times a second.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from statistics import quantiles
from typing import Any

from tests.servers import free_port, mongo_server, redis_server

SECRET = "a secret for benchmarks that is long enough"
PASSWORD = "correct horse battery"
REQUESTS_PER_SECOND = 50
MAX_P95_MS = {"run": 100.0, "api": 50.0}
_UNLIMITED = "1000000 per minute"


def ask(
    port: int, method: str, path: str, body: object = None, token: str = ""
) -> tuple[int, float, dict[str, Any]]:
    """The status, the seconds of Retry-After, and the body of the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, float(answer.headers.get("Retry-After", 0)), json.loads(answer.read())
    finally:
        connection.close()


@contextmanager
def serving(command: Sequence[str], settings: dict[str, str]) -> Iterator[int]:
    """The port of the product, started with that command."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATA_DIR": folder,
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
            "RATE_LIMIT_DEFAULT": _UNLIMITED,
            "RATE_LIMIT_AUTH": _UNLIMITED,
            **settings,
        }
        program = [sys.executable, "-m", "entrypoints.cli", *command]
        process = subprocess.Popen(program, env=environment, stderr=subprocess.DEVNULL)
        try:
            _await_answer(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=30)


def _await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            ask(port, "GET", "/users/me")
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the product does not start") from None
            time.sleep(0.1)


@contextmanager
def set_up(name: str) -> Iterator[int]:
    with ExitStack() as running:
        if name == "run":
            yield running.enter_context(serving(["run"], {"DATABASE_URL": "", "REDIS_URL": ""}))
            return
        settings = {
            "DATABASE_URL": f"{running.enter_context(mongo_server())}/benchmark",
            "REDIS_URL": running.enter_context(redis_server()),
            "SECRET_KEY": SECRET,
        }
        yield running.enter_context(serving(["api", "--workers", str(os.cpu_count() or 1)], settings))


def registered(port: int, number: int) -> tuple[str, str]:
    """The email of a new user, and an access token."""
    email = f"user-{number}@example.com"
    body = {"email": email, "full_name": "A User", "password": PASSWORD}
    status, _, answer = ask(port, "POST", "/auth/register", body)
    if status != 201:
        raise RuntimeError(f"registering was answered with {status}")
    return email, answer["access_token"]


def log_in(port: int, emails: Sequence[str], seconds: float, is_patient: bool, outcomes: Any) -> None:
    """Each user again and again; how often each status was the answer goes into `outcomes`."""
    ends_at = time.monotonic() + seconds
    statuses: Counter[int] = Counter()

    def repeat(email: str) -> None:
        while time.monotonic() < ends_at:
            body = {"email": email, "password": PASSWORD}
            status, retry_after, _ = ask(port, "POST", "/auth/login", body)
            statuses[status] += 1
            if is_patient:
                time.sleep(min(retry_after, max(0.0, ends_at - time.monotonic())))

    threads = [threading.Thread(target=repeat, args=(email,)) for email in emails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes.put(dict(statuses))


def latencies_ms(port: int, token: str, seconds: float) -> list[float]:
    """How long each request took, sent at an even pace."""
    began_at, taken = time.monotonic(), []
    for number in range(int(seconds * REQUESTS_PER_SECOND)):
        time.sleep(max(0.0, began_at + number / REQUESTS_PER_SECOND - time.monotonic()))
        if time.monotonic() > began_at + seconds:
            break
        sent_at = time.monotonic()
        status, _, _ = ask(port, "GET", "/users/me", token=token)
        taken.append((time.monotonic() - sent_at) * 1000)
        if status != 200:
            raise RuntimeError(f"a request was answered with {status}")
    return taken


def measure(name: str, users: int, seconds: float, is_patient: bool) -> bool:
    """Print the figures of a set-up; whether they are as required."""
    with set_up(name) as port:
        emails = [registered(port, number)[0] for number in range(users)]
        _, token = registered(port, users)
        latencies_ms(port, token, 1)
        alone = quantiles(latencies_ms(port, token, min(seconds, 5)), n=100)
        processes = multiprocessing.get_context("spawn")
        outcomes: Any = processes.Queue()
        load = processes.Process(target=log_in, args=(port, emails, seconds + 2, is_patient, outcomes))
        load.start()
        time.sleep(1.5)
        beside = quantiles(latencies_ms(port, token, seconds), n=100)
        statuses = outcomes.get(timeout=120)
        load.join()
    is_within = beside[94] < MAX_P95_MS[name]
    print(f"{name}: GET /api/v1/users/me     p50 {alone[49]:7.1f} ms   p95 {alone[94]:7.1f} ms   alone")
    print(
        f"{name}: beside {users} parallel logins  p50 {beside[49]:7.1f} ms   p95 {beside[94]:7.1f} ms"
        f"   (p95 under {MAX_P95_MS[name]:.0f}){'' if is_within else '  MISSED'}"
    )
    answers = ", ".join(f"{amount} x {status}" for status, amount in sorted(statuses.items()))
    print(f"{name}: the logins were answered {answers}", flush=True)
    return is_within


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure other requests beside many logins.")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long is measured")
    parser.add_argument("--only", choices=sorted(MAX_P95_MS))
    parser.add_argument("--impatient", action="store_true", help="log in again at once, whatever the answer")
    arguments = parser.parse_args()
    names = [arguments.only] if arguments.only else ["run", "api"]
    results = [measure(name, arguments.users, arguments.seconds, not arguments.impatient) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
