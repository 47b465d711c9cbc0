"""What is shown to connected users at the moment at which it happens."""

from __future__ import annotations

from datetime import timedelta

from core.domain.jobs.jobs import Job
from core.domain.live.events import LiveEvent
from core.domain.live.notifications import Notification
from core.services.representations import job_body, notification_body
from ports.cache import ExpiringCache
from ports.live import EventChannel
from ports.system import Clock

_STEP = timedelta(milliseconds=200)
"""Progress of one job is shown at most five times a second; a change of status always."""


class LivePublisher:
    """Publishes to the users' sockets, wherever they are; listens to job events."""

    def __init__(self, channel: EventChannel, clock: Clock, shown: ExpiringCache) -> None:
        """`shown` are the statuses of jobs that were shown during the last step."""
        self._channel = channel
        self._clock = clock
        self._shown = shown

    def job_changed(self, job: Job) -> None:
        if self._is_worth_showing(job):
            self._channel.publish(LiveEvent(job.user_id, "job.updated", job_body(job)))

    def _is_worth_showing(self, job: Job) -> bool:
        if self._shown.get(job.id) == job.status:
            return False
        self._shown.put(job.id, job.status, self._clock.now() + _STEP)
        return True

    def notification_created(self, notification: Notification) -> None:
        self._channel.publish(
            LiveEvent(notification.user_id, "notification.created", notification_body(notification))
        )

    def login_ended(self, user_id: str, login_id: str | None) -> None:
        """For the sockets of that login, or of all the user's logins: they are to be closed."""
        self._channel.publish(LiveEvent(user_id, "login.ended", {"login_id": login_id}))
