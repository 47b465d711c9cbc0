"""Telling whoever watches that a job has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.domain.jobs.jobs import Job


class JobListener(Protocol):
    def job_changed(self, job: Job) -> None:
        """Take notice of the job as it is now. Must not raise."""


class JobEvents:
    """Passes each change on to the listeners, in their order."""

    def __init__(self, listeners: Sequence[JobListener] = ()) -> None:
        self._listeners = tuple(listeners)

    def changed(self, job: Job) -> None:
        for listener in self._listeners:
            listener.job_changed(job)
