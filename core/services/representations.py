"""Jobs and notifications as clients see them, over HTTP and over sockets alike."""

from __future__ import annotations

from datetime import datetime

from core.domain.jobs.jobs import Job
from core.domain.json import JsonObject
from core.domain.live.notifications import Notification


def rfc3339(moment: datetime | None) -> str | None:
    """The moment, which is in UTC, with milliseconds and `Z`."""
    if moment is None:
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def readable_time(moment: datetime) -> str:
    """The moment, which is in UTC, for the eyes of a person."""
    return f"{moment:%-d %B %Y, %H:%M} UTC"


def job_body(job: Job) -> JsonObject:
    progress, error = job.progress, job.error
    return {
        "id": job.id,
        "kind": job.kind.value,
        "status": job.status.value,
        "progress": {"done": progress.done, "total": progress.total, "message": progress.message},
        "attempts": job.attempts,
        "result": job.result,
        "error": None if error is None else {"code": error.code, "detail": error.detail},
        "created_at": rfc3339(job.created_at),
        "started_at": rfc3339(job.started_at),
        "finished_at": rfc3339(job.finished_at),
    }


def notification_body(notification: Notification) -> JsonObject:
    return {
        "id": notification.id,
        "type": notification.type.value,
        "title": notification.title,
        "body": notification.body,
        "data": notification.data,
        "read_at": rfc3339(notification.read_at),
        "created_at": rfc3339(notification.created_at),
    }
