"""Jobs and notifications as clients see them, over HTTP and over sockets alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.domain.jobs.jobs import Job
from core.domain.json import JsonObject
from core.domain.live.notifications import Notification
from core.domain.messages import TEXT, Message
from ports.messages import MessageCatalogue


def rfc3339(moment: datetime | None) -> str | None:
    """The moment, which is in UTC, with milliseconds and `Z`."""
    if moment is None:
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class ClientJson:
    """The only place that writes them. Sentences are put into words here, when they are read."""

    def __init__(self, catalogue: MessageCatalogue) -> None:
        self._catalogue = catalogue

    def job(self, job: Job) -> dict[str, Any]:
        progress, error = job.progress, job.error
        message = "" if progress.message is None else self._catalogue.text(progress.message)
        return {
            "id": job.id,
            "kind": job.kind.value,
            "status": job.status.value,
            "progress": {"done": progress.done, "total": progress.total, "message": message},
            "attempts": job.attempts,
            "result": self._result(job.result),
            "error": None if error is None else {"code": error.code, "detail": self._catalogue.text(error)},
            "created_at": rfc3339(job.created_at),
            "started_at": rfc3339(job.started_at),
            "finished_at": rfc3339(job.finished_at),
        }

    def _result(self, result: JsonObject) -> JsonObject:
        """With its remarks in words beside their codes."""
        if "remarks" not in result:
            return result
        return {**result, "remarks": [self._remark(Message.from_json(each)) for each in result["remarks"]]}

    def _remark(self, remark: Message) -> JsonObject:
        data = {name: value for name, value in remark.data.items() if name != TEXT}
        return {"code": remark.code, "detail": self._catalogue.text(remark), **data}

    def notification(self, notification: Notification) -> dict[str, Any]:
        title, body = self._catalogue.notification(notification)
        return {
            "id": notification.id,
            "type": notification.type.value,
            "title": title,
            "body": body,
            "data": notification.data,
            "read_at": rfc3339(notification.read_at),
            "created_at": rfc3339(notification.created_at),
        }
