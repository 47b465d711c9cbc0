"""Every MongoDB index with the queries that it serves.

Indexes and queries use the field `id`, which a document has beside its `_id`: not every server that
speaks MongoDB's protocol supports `_id` in a compound index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pymongo import ASCENDING, DESCENDING, IndexModel


@dataclass(frozen=True, slots=True)
class Index:
    """`fields` in order; all are ascending except those that start with a minus."""

    name: str
    fields: tuple[str, ...]
    serves: str
    is_unique: bool = False

    @property
    def model(self) -> IndexModel:
        keys = [
            (field.removeprefix("-"), DESCENDING if field.startswith("-") else ASCENDING)
            for field in self.fields
        ]
        return IndexModel(keys, name=self.name, unique=self.is_unique)


INDEXES: Mapping[str, Sequence[Index]] = {
    "users": [
        Index(
            "by_email_key",
            ("email_key",),
            serves="UserRepository.by_email_key; unique email addresses",
            is_unique=True,
        ),
        Index(
            "by_pending_emails",
            ("emails_pending_since", "id"),
            serves="UserRepository.with_pending_emails",
        ),
    ],
    "logins": [
        Index("by_user", ("user_id", "expires_at", "id"), serves="LoginRepository.active_of"),
        Index("by_expiry", ("expires_at",), serves="LoginRepository.remove_expired"),
    ],
    "sessions": [
        Index(
            "by_user_and_deletion",
            ("user_id", "deleted_at", "-id"),
            serves="SessionRepository.page, count",
        ),
        Index("by_deletion", ("deleted_at", "id"), serves="SessionRepository.deleted_before"),
    ],
    "questions": [
        Index("by_user", ("user_id", "-id"), serves="QuestionRepository.page, newest and oldest"),
        Index(
            "by_difficulty",
            ("user_id", "difficulty_rank", "id"),
            serves="QuestionRepository.page by difficulty",
        ),
        Index(
            "by_session",
            ("session_id", "id"),
            serves="QuestionRepository.texts_of_session, of_job, counts, remove_of_session; page of one"
            " session",
        ),
    ],
    "jobs": [
        Index("by_user", ("user_id", "-id"), serves="JobRepository.page"),
        Index("by_due_time", ("due_at", "id"), serves="JobRepository.due"),
        Index(
            "by_status",
            ("status", "user_id", "id"),
            serves="JobRepository.running_of, running, status_counts, queued_count",
        ),
        Index("by_unsettled_time", ("unsettled_since", "id"), serves="JobRepository.unsettled"),
    ],
    "keyed_requests": [
        Index("by_age", ("created_at",), serves="KeyedRequestRepository.remove_older"),
    ],
    "exports": [
        Index("by_user", ("user_id", "-id"), serves="ExportRepository.page"),
        Index("by_user_and_purge_time", ("user_id", "purge_at"), serves="ExportRepository.stored_count"),
        Index("by_purge_time", ("purge_at", "id"), serves="ExportRepository.expired"),
        Index("by_pending_time", ("pending_since", "id"), serves="ExportRepository.pending_before"),
    ],
    "notifications": [
        Index(
            "by_user",
            ("user_id", "-id"),
            serves="NotificationRepository.newest, after, clear, and the trimming in add",
        ),
        Index(
            "by_unread",
            ("user_id", "read_at", "-id"),
            serves="NotificationRepository.newest of the unread, unread_count, mark_read",
        ),
        Index(
            "by_cause",
            ("user_id", "cause"),
            serves="unique causes of a user's notifications",
            is_unique=True,
        ),
    ],
    "security_events": [
        Index("by_user", ("user_id", "-id"), serves="SecurityEventRepository.page"),
    ],
    "mails": [
        Index("by_due_time", ("due_at", "id"), serves="EmailRepository.due"),
        Index("by_state", ("state", "-id"), serves="EmailRepository.page of some states"),
        Index("by_id", ("-id",), serves="EmailRepository.page of all states"),
    ],
}
