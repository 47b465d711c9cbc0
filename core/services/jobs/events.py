"""Publishing the changes of jobs to their users' sockets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from core.domain.jobs.jobs import Job, JobStatus
from core.domain.json import JsonObject
from core.domain.live.events import LiveEvent
from ports.live import EventChannel
from ports.system import Clock

_STEP = timedelta(milliseconds=200)
"""Progress of one job is published at most five times a second; a change of status always."""


class JobEvents:
    """`as_json` gives a job as clients see it."""

    def __init__(self, channel: EventChannel, as_json: Callable[[Job], JsonObject], clock: Clock) -> None:
        self._channel = channel
        self._as_json = as_json
        self._clock = clock
        self._published: dict[str, tuple[JobStatus, datetime]] = {}  # by job, during the last step
        self._lock = Lock()

    def changed(self, job: Job) -> None:
        """Publish the job as it is now. Never raises."""
        if self._is_news(job):
            self._channel.publish(LiveEvent(job.user_id, "job.updated", self._as_json(job)))

    def _is_news(self, job: Job) -> bool:
        now = self._clock.now()
        with self._lock:
            self._published = {key: last for key, last in self._published.items() if now < last[1] + _STEP}
            last = self._published.get(job.id)
            if last is not None and last[0] is job.status:
                return False
            self._published[job.id] = (job.status, now)
            return True
