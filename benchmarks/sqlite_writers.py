"""Times of writes on SQLite while exports run: `python -m benchmarks.sqlite_writers`.

Thirty writers each change a question of their own as fast as they can, beside four users who export one
session of 500 questions after the other. First all of them are threads of one process and call the use
cases; then they are clients, over HTTP, of an embedded product that runs in a process of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

from benchmarks.embedded import LONGEST_SECONDS, Client, Person, product, seeded, settings_of
from core.domain.errors import Unavailable
from core.domain.jobs.jobs import JobStatus
from core.domain.library.exports import ExportFormat, ExportOptions
from core.domain.library.questions import QuestionChanges
from entrypoints.wiring.application import Application, build_application
from entrypoints.worker.consumer import Worker

WRITERS = 30
EXPORTERS = 4
EXPORTED_QUESTIONS = 500
SECONDS = 15.0
MAX_P95_MS = 200.0

_POLL_SECONDS = 0.2
_COLUMNS = ("writes/s", "refused", "p50 ms", "p95 ms", "p99 ms", "max ms", "exports")


@dataclass(slots=True)
class Measured:
    milliseconds: list[float] = field(default_factory=list)
    refused: int = 0
    exports: int = 0
    seconds: float = 0.0

    @property
    def p95_ms(self) -> float:
        return quantiles(self.milliseconds, n=20)[-1]

    @property
    def is_within_limits(self) -> bool:
        return self.refused == 0 and self.p95_ms < MAX_P95_MS

    def row(self, name: str) -> str:
        percentiles = quantiles(self.milliseconds, n=100)
        p50, p99, longest = percentiles[49], percentiles[98], max(self.milliseconds)
        return (
            f"{name:12}{len(self.milliseconds) / self.seconds:>9,.0f}{self.refused:>9}"
            f"{p50:>9.1f}{self.p95_ms:>9.1f}{p99:>9.1f}{longest:>9.1f}{self.exports:>9}"
            + ("" if self.is_within_limits else "  over the limit")
        )


Write = Callable[[int], bool]
"""Changes the question of one writer for the n-th time; whether that was accepted."""
Export = Callable[[], bool]
"""Exports a session; whether that succeeded."""


def measured(writes: list[Write], exports: list[Export], seconds: float) -> Measured:
    """All of them at once, each in a thread of its own."""
    result, ended = Measured(), threading.Event()

    def keep_writing(write: Write) -> None:
        number = 0
        while not ended.is_set():
            began_at = time.perf_counter()
            is_accepted = write(number)
            result.milliseconds.append((time.perf_counter() - began_at) * 1_000)
            result.refused += not is_accepted
            number += 1

    def keep_exporting(export: Export) -> None:
        while not ended.is_set():
            result.exports += export()

    threads = [threading.Thread(target=keep_exporting, args=(export,), daemon=True) for export in exports]
    threads += [threading.Thread(target=keep_writing, args=(write,), daemon=True) for write in writes]
    began_at = time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    ended.set()
    result.seconds = time.perf_counter() - began_at
    for thread in threads:
        thread.join(LONGEST_SECONDS)
    return result


def in_process(writers: int, exporters: int, seconds: float) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        writing = seeded(Path(folder), writers, 1)
        exporting = seeded(Path(folder), exporters, EXPORTED_QUESTIONS)
        application = build_application(settings_of(Path(folder)))
        worker = Worker(application)
        worker.start()
        try:
            return measured(
                [_writer_in_process(application, person) for person in writing],
                [_exporter_in_process(application, person) for person in exporting],
                seconds,
            )
        finally:
            worker.stop(timedelta(seconds=30))
            application.close()


def _writer_in_process(application: Application, person: Person) -> Write:
    def write(number: int) -> bool:
        changes = QuestionChanges(notes=f"Note {number}")
        try:
            application.library.questions.update(person.user_id, person.question_id, changes)
        except Unavailable:
            return False
        return True

    return write


def _exporter_in_process(application: Application, person: Person) -> Export:
    def export() -> bool:
        library, jobs = application.library, application.jobs.service
        job = library.exports.request(person.user_id, person.session_id, ExportFormat.PDF, ExportOptions())
        while not job.status.is_final:
            time.sleep(_POLL_SECONDS)
            job = jobs.get(person.user_id, job.id)
        return job.status is JobStatus.SUCCEEDED

    return export


def over_http(writers: int, exporters: int, seconds: float) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        writing = seeded(Path(folder), writers, 1)
        exporting = seeded(Path(folder), exporters, EXPORTED_QUESTIONS)
        with product(Path(folder)) as port:
            return measured(
                [_writer_over_http(port, person) for person in writing],
                [_exporter_over_http(port, person) for person in exporting],
                seconds,
            )


def _writer_over_http(port: int, person: Person) -> Write:
    client = Client(port, person.token)

    def write(number: int) -> bool:
        status, _ = client.ask("PATCH", f"/questions/{person.question_id}", {"notes": f"Note {number}"})
        return status == 200

    return write


def _exporter_over_http(port: int, person: Person) -> Export:
    client = Client(port, person.token)

    def export() -> bool:
        status, started = client.ask("POST", f"/sessions/{person.session_id}/exports", {"format": "pdf"})
        if status != 202:
            return False
        job = started["job"]
        while job["status"] in ("queued", "running"):
            time.sleep(_POLL_SECONDS)
            _, job = client.ask("GET", f"/jobs/{job['id']}")
        return bool(job["status"] == "succeeded")

    return export


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure writes on SQLite while exports run.")
    parser.add_argument("--writers", type=int, default=WRITERS)
    parser.add_argument("--exporters", type=int, default=EXPORTERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    print(" " * 12 + "".join(f"{column:>9}" for column in _COLUMNS))
    all_within = True
    for name, measure in (("in process", in_process), ("over HTTP", over_http)):
        result = measure(asked.writers, asked.exporters, asked.seconds)
        print(result.row(name), flush=True)
        all_within = all_within and result.is_within_limits
    return 0 if all_within else 1


if __name__ == "__main__":
    sys.exit(main())
