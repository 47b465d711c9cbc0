"""Processes as an operator starts them, each with a log that is shown when a test fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import redis

from tests.integration.processes.waiting import until
from tests.servers import free_port

_LOG_TAIL = 6_000


class Program:
    """One process, from its start on."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        """`folder` is where it runs, and where its log is kept."""
        self.name = " ".join([Path(arguments[0]).name, *arguments[1:]])
        number = len(list(folder.glob("*.log"))) + 1
        self._log_path = folder / f"{number}.log"
        with self._log_path.open("wb") as log:
            # A group of its own: its children can be ended with it, and no Ctrl-C for pytest reaches it.
            self._process = subprocess.Popen(
                arguments,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._log_path.read_text(errors="replace")

    @property
    def log_tail(self) -> str:
        """The end of it, without the requests of those who wait for something."""
        kept = [line for line in self.log.splitlines() if '"message": "GET ' not in line]
        return "\n".join(kept)[-_LOG_TAIL:]

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def tell(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def exit_code(self, within: float) -> int:
        """Once it has ended by itself; fails if it does not."""
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.name} has not ended after {within:.1f} s:\n{self.log_tail}"
            ) from None

    def stop(self, number: signal.Signals = signal.SIGTERM, *, within: float = 15.0) -> int:
        """Ask it to end; its exit code."""
        self.tell(number)
        return self.exit_code(within)

    def suspend(self) -> None:
        self.tell(signal.SIGSTOP)

    def resume(self) -> None:
        self.tell(signal.SIGCONT)

    def kill(self) -> None:
        """At once and with its children: nothing of it runs on, and nothing of it could clean up."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def saying(self, text: str, *, within: float = 20.0) -> Program:
        """The program itself, once it has said that."""

        def said() -> bool:
            assert not self.has_ended or text in self.log, f"{self.name} has ended:\n{self.log_tail}"
            return text in self.log

        until(said, f"{text!r} from {self.name}:\n{self.log_tail}", within=within)
        return self


def installed(name: str) -> str:
    """The path of a program of this Python environment."""
    return str(Path(sys.executable).with_name(name))


def plain_environment(**settings: str) -> dict[str, str]:
    """These settings, and of the environment of the tests only what any program needs."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "TMPDIR") or name.startswith("COVERAGE_")
    }
    return {**kept, "LANG": "C.UTF-8", **settings}


class RedisOfOurOwn:
    """A Redis that can be taken away and brought back, empty, at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._program: Program | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._program = Program(
            ["redis-server", "--port", str(self._port), *options], plain_environment(), self._folder
        )
        until(self._answers, "Redis")

    def stop(self) -> None:
        """As a crash would: what it held is gone."""
        if self._program is not None:
            self._program.kill()
            self._program = None

    def _answers(self) -> bool:
        with suppress(redis.RedisError), redis.Redis(port=self._port, socket_timeout=1) as client:
            return bool(client.ping())
        return False
