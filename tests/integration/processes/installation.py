"""An installation of the product: its settings, its data, and the processes that run on them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from entrypoints.settings import Settings
from entrypoints.wiring.stores import Stores, open_stores
from tests.integration.processes.person import Person
from tests.integration.processes.programs import Program, installed, plain_environment
from tests.integration.processes.waiting import until
from tests.servers import free_port

SECRET = "a secret for tests that is long enough for all"

_NO_LIMITS = {
    f"RATE_LIMIT_{name}": "1000000 per minute" for name in ("DEFAULT", "AUTH", "GENERATE", "EXPORT", "HEALTH")
}
_PORTS_TO_TRY = 3


class Installation:
    """Embedded, unless the settings name a database and a Redis."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.url = ""
        self.programs: list[Program] = []
        self._people: list[Person] = []
        self.settings = {
            "DATA_DIR": str(self.data_dir),
            "SECRET_KEY": SECRET,
            "BCRYPT_COST": "10",
            "SWEEP_INTERVAL_SECONDS": "0.3",
            **_NO_LIMITS,
            **settings,
        }

    def start(self, *arguments: str, **changes: str) -> Program:
        """`interview-prep` with these arguments, as a process of its own."""
        environment = plain_environment(**{**self.settings, **changes})
        program = Program([installed("interview-prep"), *arguments], environment, self.folder)
        self.programs.append(program)
        return program

    def serve(self, *arguments: str, **changes: str) -> Program:
        """`run` or `api`, on a free port; it has answered by now, and `url` leads to it."""
        for _ in range(_PORTS_TO_TRY):
            port = free_port()
            self.url = f"http://127.0.0.1:{port}"
            program = self.start(*arguments, PORT=str(port), **changes)
            until(lambda program=program: program.has_ended or self._is_live(), "answer")  # type: ignore[misc]
            if not program.has_ended:
                return program
        raise AssertionError(f"{program.name} does not start:\n{program.log_tail}")

    def _is_live(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def work(self, **changes: str) -> Program:
        """A worker that waits for jobs by now."""
        return self.start("worker", **changes).saying("waiting for jobs")

    def command(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """A command that is run to its end."""
        return subprocess.run(
            [installed("interview-prep"), *arguments],
            env=plain_environment(**{**self.settings, **changes}),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def person(self, email: str = "ada@example.com") -> Person:
        """Not signed up yet, nor logged in."""
        person = Person(self.url, email)
        self._people.append(person)
        return person

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """The data itself, beside the processes that work on it."""
        database_url = self.settings.get("DATABASE_URL") or f"sqlite:///{self.data_dir / 'interview_prep.db'}"
        stores = open_stores(Settings(self.data_dir, database_url, "", (SECRET,)))
        try:
            yield stores
        finally:
            stores.close()

    def logs(self) -> list[tuple[str, str]]:
        """The end of what each process has said."""
        return [(f"log of {program.name}", program.log_tail) for program in self.programs]

    def close(self) -> None:
        for person in self._people:
            person.close()
        for program in self.programs:
            program.kill()
