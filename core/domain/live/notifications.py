"""Notifications: kept until the user clears them or a hundred newer ones exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.domain.json import JsonObject

MAX_NOTIFICATIONS = 100


class NotificationType(StrEnum):
    GENERATION_COMPLETE = "generation_complete"
    GENERATION_FAILED = "generation_failed"
    REGENERATION_COMPLETE = "regeneration_complete"
    REGENERATION_FAILED = "regeneration_failed"
    EXPORT_READY = "export_ready"
    EXPORT_FAILED = "export_failed"
    TEMPLATE_SHARED = "template_shared"


@dataclass(frozen=True, slots=True)
class Notification:
    """A user has at most one notification per `cause`.

    `data` contains ids that the client may open (`job_id`, `session_id`, `export_id`). `values` are shown in
    the title and body, which are rendered when the notification is read. `title` and `body` are set only in
    notifications that an earlier release stored as text.
    """

    id: str
    user_id: str
    cause: str
    type: NotificationType
    created_at: datetime
    data: JsonObject = field(default_factory=dict)
    values: JsonObject = field(default_factory=dict)
    title: str = ""
    body: str = ""
    read_at: datetime | None = None
    version: int = 1
