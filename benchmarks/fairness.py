"""Waiting times of a small user beside a large one: `python -m benchmarks.fairness [jobs]`.

One user has so many jobs in the queue, in a few sessions. Another one asks for a single job now and then.
The product is embedded, on files, with its defaults. A job is hardly more than a wait of a fixed time, so
that what is measured is the queue.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

from core.domain.generation.briefs import Batch, Brief
from core.domain.jobs.jobs import Job, JobStatus
from core.domain.library.questions import Difficulty, QuestionDraft, QuestionSource
from core.domain.library.sessions import Experience, SessionContent
from entrypoints.settings import Settings
from entrypoints.wiring.application import Application, Replacements, build_application
from entrypoints.worker.consumer import Worker

JOBS = 1_000
SESSIONS = 10
SMALL_JOBS = 20
JOB_SECONDS = 0.2
PAUSE_SECONDS = 1.0
MOST_SECONDS = 2.0

_GRACE = timedelta(seconds=5)
_POLL_SECONDS = 0.01


class SlowGenerator:
    """Takes its time for questions that nobody has seen before."""

    source = QuestionSource.FALLBACK

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        time.sleep(JOB_SECONDS)
        drafts = tuple(
            QuestionDraft(
                " ".join(token_hex(4) for _ in range(6)) + "?",
                "It depends.",
                Difficulty.MEDIUM,
                brief.topics[0],
                "concept",
            )
            for _ in range(count)
        )
        yield Batch(drafts, self.source)

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def product() -> Iterator[Application]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            database_url=f"sqlite:///{folder}/interview_prep.db",
            redis_url="",
            secret_keys=("a secret for measurements, long enough for all",),
        )
        application = build_application(settings, Replacements(generators=[SlowGenerator()]))
        try:
            yield application
        finally:
            application.close()


def signed_up(application: Application, name: str) -> str:
    email = f"{name}@example.com"
    return application.identity.accounts.register(name, email, "correct horse battery").user.id


def a_session(application: Application, user_id: str) -> str:
    content = SessionContent(role=f"role {token_hex(4)}", experience=Experience.MID, topics=("Python",))
    return application.library.sessions.create(user_id, content).session.id


def fill_queue(application: Application, user_id: str, jobs: int) -> None:
    """Past the limit of what a user may ask for at a time."""
    sessions = [a_session(application, user_id) for _ in range(min(SESSIONS, jobs))]
    requested = [application.generation.service.request(user_id, session, 1) for session in sessions]
    for number in range(jobs - len(requested)):
        pattern = requested[number % len(requested)]
        copied = replace(pattern, id=application.foundation.system.ids.new())
        application.foundation.stores.jobs.add(copied)


def seconds_to_end(application: Application, job: Job) -> float:
    """From the request to the end of the job."""
    began_at = time.monotonic()
    while not application.jobs.service.get(job.user_id, job.id).status.is_final:
        time.sleep(_POLL_SECONDS)
    return time.monotonic() - began_at


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how long a small user waits beside a large one.")
    parser.add_argument("jobs", nargs="?", type=int, default=JOBS)
    jobs: int = parser.parse_args().jobs
    with product() as application:
        large, small = signed_up(application, "large"), signed_up(application, "small")
        fill_queue(application, large, jobs)
        worker = Worker(application)
        worker.start()
        seconds = []
        for _ in range(SMALL_JOBS):
            time.sleep(PAUSE_SECONDS)
            job = application.generation.service.request(small, a_session(application, small), 1)
            seconds.append(seconds_to_end(application, job))
        counts = application.foundation.stores.jobs.status_counts()
        worker.stop(_GRACE)
    done, waiting = counts.get(JobStatus.SUCCEEDED, 0) - SMALL_JOBS, counts.get(JobStatus.QUEUED, 0)
    print(f"{'large user':<16}{jobs:>6,} jobs, {done:,} done and {waiting:,} waiting at the end")
    times = f"{statistics.median(seconds):>8.2f} s median{max(seconds):>8.2f} s at most"
    print(f"{'small user':<16}{SMALL_JOBS:>6,} jobs of {JOB_SECONDS} s{times}")
    is_within = max(seconds) <= MOST_SECONDS
    print("within the limits" if is_within else "over the limits")
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
