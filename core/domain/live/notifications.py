"""What a user is told about, kept until it is cleared or a hundred newer ones have come."""

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
    """`cause` names what it is about, once per user: the same cause makes no second notification.

    `data` names the things that the client may want to open (`job_id`, `session_id`, `export_id`).
    """

    id: str
    user_id: str
    cause: str
    type: NotificationType
    title: str
    body: str
    created_at: datetime
    data: JsonObject = field(default_factory=dict)
    read_at: datetime | None = None
    version: int = 1
