"""What users are told: made from the end of jobs, read, cleared, caught up with."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from core.domain.errors import AlreadyExists
from core.domain.jobs.jobs import Job, JobKind, JobStatus
from core.domain.json import JsonObject
from core.domain.live.notifications import Notification, NotificationType
from core.services.live.publisher import LivePublisher
from ports.live import NotificationRepository
from ports.system import Clock, Ids


class NotificationService:
    def __init__(
        self, notifications: NotificationRepository, live: LivePublisher, clock: Clock, ids: Ids
    ) -> None:
        self._notifications = notifications
        self._live = live
        self._clock = clock
        self._ids = ids

    def notify(
        self,
        user_id: str,
        cause: str,
        notification_type: NotificationType,
        title: str,
        body: str,
        data: JsonObject,
    ) -> None:
        """Tell the user, once for each `cause`."""
        notification = Notification(
            id=self._ids.new(),
            user_id=user_id,
            cause=cause,
            type=notification_type,
            title=title,
            body=body,
            created_at=self._clock.now(),
            data=data,
        )
        try:
            self._notifications.add(notification)
        except AlreadyExists:
            return
        self._live.notification_created(notification)

    def newest(self, user_id: str, *, only_unread: bool = False) -> Sequence[Notification]:
        return self._notifications.newest(user_id, only_unread=only_unread)

    def after(self, user_id: str, notification_id: str) -> Sequence[Notification]:
        """What came after that one, oldest first."""
        return self._notifications.after(user_id, notification_id)

    def unread_count(self, user_id: str) -> int:
        return self._notifications.unread_count(user_id)

    def mark_read(self, user_id: str, notification_ids: Collection[str] | None) -> int:
        """These, or all if None; how many were unread until now."""
        return self._notifications.mark_read(user_id, notification_ids, self._clock.now())

    def clear(self, user_id: str) -> None:
        self._notifications.clear(user_id)


class JobNotifications:
    """The end of a job, as a notification."""

    def __init__(self, notifications: NotificationService) -> None:
        self._notifications = notifications

    def follow(self, job: Job) -> None:
        message = _MESSAGES.get((job.kind, job.status))
        if message is None:
            return
        notification_type, title = message
        self._notifications.notify(
            job.user_id,
            cause=f"job {job.id} attempt {job.attempts}",
            notification_type=notification_type,
            title=title,
            body=_body(job),
            data=_data(job),
        )


_MESSAGES = {
    (JobKind.GENERATE_QUESTIONS, JobStatus.SUCCEEDED): (
        NotificationType.GENERATION_COMPLETE,
        "Your questions are ready",
    ),
    (JobKind.GENERATE_QUESTIONS, JobStatus.FAILED): (
        NotificationType.GENERATION_FAILED,
        "Your questions could not be written",
    ),
    (JobKind.REGENERATE_QUESTION, JobStatus.SUCCEEDED): (
        NotificationType.REGENERATION_COMPLETE,
        "Your question was written anew",
    ),
    (JobKind.REGENERATE_QUESTION, JobStatus.FAILED): (
        NotificationType.REGENERATION_FAILED,
        "Your question could not be written anew",
    ),
    (JobKind.EXPORT_SESSION, JobStatus.SUCCEEDED): (NotificationType.EXPORT_READY, "Your export is ready"),
    (JobKind.EXPORT_SESSION, JobStatus.FAILED): (NotificationType.EXPORT_FAILED, "Your export failed"),
}


def _body(job: Job) -> str:
    if job.error is not None:
        return job.error.detail
    if job.kind is JobKind.GENERATE_QUESTIONS:
        made, requested = len(job.result["question_ids"]), job.result["requested"]
        return f"{made} new questions." if made == requested else f"{made} of {requested} could be found."
    return "You can download it for 7 days." if job.kind is JobKind.EXPORT_SESSION else ""


def _data(job: Job) -> JsonObject:
    named = {name: job.params[name] for name in ("session_id", "question_id") if name in job.params}
    made = {name: job.result[name] for name in ("export_id",) if name in job.result}
    return {"job_id": job.id, **named, **made}
