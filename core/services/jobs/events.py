"""Publishing the changes of jobs to their users' sockets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from core.domain.jobs.jobs import Job
from core.domain.json import JsonObject
from core.domain.live.events import LiveEvent
from ports.cache import ExpiringCache
from ports.live import EventChannel
from ports.system import Clock

_STEP = timedelta(milliseconds=200)
"""Progress of one job is published at most five times a second; a change of status always."""


class JobEvents:
    """`as_json` gives a job as clients see it; `published` keeps the statuses of the last step, by job."""

    def __init__(
        self,
        channel: EventChannel,
        as_json: Callable[[Job], JsonObject],
        clock: Clock,
        published: ExpiringCache,
    ) -> None:
        self._channel = channel
        self._as_json = as_json
        self._clock = clock
        self._published = published

    def changed(self, job: Job) -> None:
        """Publish the job as it is now. Never raises."""
        if self._is_news(job):
            self._channel.publish(LiveEvent(job.user_id, "job.updated", self._as_json(job)))

    def _is_news(self, job: Job) -> bool:
        if self._published.get(job.id) == job.status:
            return False
        self._published.put(job.id, job.status, self._clock.now() + _STEP)
        return True
