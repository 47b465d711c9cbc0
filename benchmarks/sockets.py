"""Capacity of one API process for sockets, and the delay of events: `python -m benchmarks.sockets`.

It starts a MongoDB (or a server with its protocol), a Redis, one API process and one process of clients, all
on this machine. Every socket has its own user and login. Events are published as by a worker, each for one
user.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.request import urlopen

from adapters.crypto.tokens import SignedTokens
from adapters.redis.channel import RedisEventChannel
from adapters.system.ids import UlidIds
from benchmarks.open_files import allow_open_files
from core.domain.identity.logins import Login
from core.domain.live.events import LiveEvent
from entrypoints.settings import Settings
from entrypoints.wiring.stores import open_stores
from tests.servers import free_port, mongo_server, redis_server

SECRET = "a secret for benchmarks that is long enough"
CONCURRENT_CONNECTS = 50
LISTENERS = 1_000
EVENTS_PER_SECOND = 100
WARM_UP = 100

MAX_KB_PER_SOCKET = 100.0
MIN_CONNECTS_PER_SECOND = 200.0
MAX_P99_MS = 100.0


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: float
    unit: str
    target: str = ""
    is_within: bool = True

    def __str__(self) -> str:
        verdict = "" if self.is_within else "  MISSED"
        return f"{self.name:42}{self.value:>10,.1f} {self.unit:12}{self.target}{verdict}"


class Clients:
    """The process of clients."""

    def __init__(self, port: int, tokens: list[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.socket_load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(json.dumps({"host": "127.0.0.1", "port": port, "tokens": tokens}))

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        self._say(line)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def seeded(database_url: str, data_dir: Path, count: int) -> tuple[list[str], list[str]]:
    """The ids of so many users, and a login token for each."""
    stores = open_stores(Settings(data_dir, database_url, "", (SECRET,)))
    tokens, ids, now = SignedTokens([SECRET]), UlidIds(), datetime.now(UTC)
    users = [ids.new() for _ in range(count)]
    logins = [Login(ids.new(), user, "nonce", now, now + timedelta(days=1)) for user in users]
    for login in logins:
        stores.logins.add(login)
    stores.close()
    return users, [tokens.access(login, now, now + timedelta(hours=1)) for login in logins]


@contextmanager
def api_process(database_url: str, redis_url: str, data_dir: Path) -> Iterator[tuple[int, int]]:
    """The port of an API with one process, and the id of that process."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": SECRET,
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
        "RATE_LIMIT_CONNECT": "1000000 per minute",
        "MAX_SOCKETS_PER_USER": "100000",
        "MAX_SOCKETS_PER_ADDRESS": "100000",
    }
    command = [sys.executable, "-m", "entrypoints.cli", "api", "--workers", "1"]
    process = subprocess.Popen(command, env=environment)
    try:
        while not answers(port):
            if process.poll() is not None:
                raise RuntimeError("the API does not start")
            time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield port, int(children[0])
    finally:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2):
            return True
    except OSError:
        return False


def memory_kb(pid: int) -> float:
    """The resident memory of the process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    raise RuntimeError("the kernel does not report the memory of processes")


def processor_seconds(pid: int) -> float:
    """The processor time that the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def publish(channel: RedisEventChannel, users: list[str], seconds: float) -> int:
    """Publish events at a steady rate, each to one of the users; return how many."""
    began_at = time.monotonic()
    count = int(seconds * EVENTS_PER_SECOND)
    chance = random.Random(1)
    for number in range(count):
        time.sleep(max(0.0, began_at + number / EVENTS_PER_SECOND - time.monotonic()))
        user = chance.choice(users)
        channel.publish(LiveEvent(user, "job.updated", job(number)))
    return count


def job(number: int) -> dict[str, Any]:
    """The JSON of a job, with the time of its publication."""
    return {
        "id": f"{number:026}",
        "kind": "generate_questions",
        "status": "running",
        "progress": {"done": 10, "total": 20, "message": "Writing questions"},
        "attempts": 1,
        "result": {"published_at": time.monotonic()},
        "error": None,
        "created_at": "2026-01-15T09:30:00.000Z",
        "started_at": "2026-01-15T09:30:01.000Z",
        "finished_at": None,
    }


def measured(sockets: int, seconds: float) -> Iterator[Row]:
    with (
        mongo_server() as mongo_url,
        redis_server() as redis_url,
        tempfile.TemporaryDirectory() as folder,
    ):
        database_url = f"{mongo_url}/benchmark"
        users, tokens = seeded(database_url, Path(folder), WARM_UP + sockets)
        with api_process(database_url, redis_url, Path(folder)) as (port, pid):
            clients = Clients(port, tokens)
            try:
                yield from rows(clients, redis_url, users[WARM_UP:], pid, sockets, seconds)
            finally:
                clients.stop()


def rows(
    clients: Clients, redis_url: str, users: list[str], pid: int, sockets: int, seconds: float
) -> Iterator[Row]:
    clients.ask(f"open {WARM_UP} {CONCURRENT_CONNECTS}")
    clients.ask("keep 0")
    time.sleep(1)
    before = memory_kb(pid)
    used = processor_seconds(pid)
    opened = clients.ask(f"open {sockets} {CONCURRENT_CONNECTS}")
    used = processor_seconds(pid) - used
    connected = sockets - opened["failed"]
    yield Row("sockets open on one process", connected, "", f"{sockets:,}", connected == sockets)
    rate = sockets / opened["seconds"]
    target = f"at least {MIN_CONNECTS_PER_SECOND:.0f}"
    yield Row("connects", rate, "a second", target, rate >= MIN_CONNECTS_PER_SECOND)
    yield Row("  processor", used / sockets * 1000, "ms each")
    per_socket = (memory_kb(pid) - before) / sockets
    target = f"under {MAX_KB_PER_SOCKET:.0f}"
    yield Row("memory for a socket", per_socket, "kB", target, per_socket < MAX_KB_PER_SOCKET)
    used = processor_seconds(pid)
    time.sleep(5)
    yield Row("processor, all sockets silent", (processor_seconds(pid) - used) / 5 * 100, "% of a core")

    listeners = min(LISTENERS, sockets)
    clients.ask(f"keep {listeners}")
    channel = RedisEventChannel(redis_url)
    publish(channel, users[:listeners], 1)
    time.sleep(1)
    clients.ask("forget")
    used = processor_seconds(pid)
    published = publish(channel, users[:listeners], seconds)
    used = processor_seconds(pid) - used
    time.sleep(1)
    delays = clients.ask("seen")["delays_ms"]
    yield Row("events received", len(delays), "", f"{published:,}", len(delays) == published)
    cuts = quantiles(delays, n=100)
    what = f"publish to receipt, {listeners:,} sockets, {EVENTS_PER_SECOND}/s"
    yield Row(f"{what}: p50", cuts[49], "ms")
    yield Row("  p99", cuts[98], "ms", f"under {MAX_P99_MS:.0f}", cuts[98] < MAX_P99_MS)
    yield Row("  slowest", max(delays), "ms")
    yield Row("  processor", used / seconds * 100, "% of a core")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure sockets on one API process.")
    parser.add_argument("--sockets", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long events are published")
    arguments = parser.parse_args()
    allow_open_files()
    all_within = True
    for row in measured(arguments.sockets, arguments.seconds):
        print(row, flush=True)
        all_within = all_within and row.is_within
    return 0 if all_within else 1


if __name__ == "__main__":
    sys.exit(main())
