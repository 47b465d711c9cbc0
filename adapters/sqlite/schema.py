"""Tables and indexes, as migration steps from an empty database to the current schema.

Each table stores one type of record as JSON documents, and indexes are over expressions of them. A
released step never changes; a new step is added at the end.
"""

from __future__ import annotations

import sqlite3


def _table(name: str) -> str:
    return f"CREATE TABLE {name} (id TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL)"


_ACCOUNTS = (
    _table("users"),
    # UserRepository.by_email_key; unique email addresses
    "CREATE UNIQUE INDEX users_by_email_key ON users (doc ->> '$.email_key')",
    _table("logins"),
    # LoginRepository.active_of
    "CREATE INDEX logins_by_user ON logins (doc ->> '$.user_id', doc ->> '$.expires_at', id)",
    # LoginRepository.remove_expired
    "CREATE INDEX logins_by_expiry ON logins (doc ->> '$.expires_at')",
)

_SESSIONS = (
    _table("sessions"),
    # SessionRepository.page
    "CREATE INDEX sessions_by_user ON sessions (doc ->> '$.user_id', id)",
    # SessionRepository.deleted_before
    "CREATE INDEX sessions_deleted ON sessions (doc ->> '$.deleted_at', id)"
    " WHERE doc ->> '$.deleted_at' IS NOT NULL",
)

_QUESTIONS = (
    _table("questions"),
    # QuestionRepository.page, newest and oldest
    "CREATE INDEX questions_by_user ON questions (doc ->> '$.user_id', id)",
    # QuestionRepository.page by difficulty
    "CREATE INDEX questions_by_difficulty ON questions"
    " (doc ->> '$.user_id', doc ->> '$.difficulty_rank', id)",
    # QuestionRepository.texts_of_session, of_job, counts, remove_of_session; page of one session
    "CREATE INDEX questions_by_session ON questions (doc ->> '$.session_id', id)",
)

_JOBS = (
    _table("jobs"),
    # JobRepository.page
    "CREATE INDEX jobs_by_user ON jobs (doc ->> '$.user_id', id)",
    # JobRepository.due
    "CREATE INDEX jobs_due ON jobs (doc ->> '$.due_at', id) WHERE doc ->> '$.due_at' IS NOT NULL",
    # JobRepository.running_of, running
    "CREATE INDEX jobs_running ON jobs (doc ->> '$.user_id', id) WHERE doc ->> '$.status' = 'running'",
    # JobRepository.unsettled
    "CREATE INDEX jobs_unsettled ON jobs (doc ->> '$.unsettled_since', id)"
    " WHERE doc ->> '$.unsettled_since' IS NOT NULL",
    _table("keyed_requests"),
    # KeyedRequestRepository.remove_older
    "CREATE INDEX keyed_requests_by_age ON keyed_requests (doc ->> '$.created_at')",
)

_EXPORTS = (
    _table("exports"),
    # ExportRepository.page
    "CREATE INDEX exports_by_user ON exports (doc ->> '$.user_id', id)",
    # ExportRepository.expired
    "CREATE INDEX exports_to_purge ON exports (doc ->> '$.purge_at', id)"
    " WHERE doc ->> '$.purge_at' IS NOT NULL",
)

_NOTIFICATIONS = (
    _table("notifications"),
    # unique causes of a user's notifications; NotificationRepository.clear
    "CREATE UNIQUE INDEX notifications_by_cause ON notifications (doc ->> '$.user_id', doc ->> '$.cause')",
    # NotificationRepository.newest, after, and the trimming in add
    "CREATE INDEX notifications_by_user ON notifications (doc ->> '$.user_id', id)",
    # NotificationRepository.newest of the unread, unread_count, mark_read
    "CREATE INDEX notifications_by_unread ON notifications (doc ->> '$.user_id', doc ->> '$.read_at', id)",
)

_SECURITY_EVENTS = (
    _table("security_events"),
    # SecurityEventRepository.page
    "CREATE INDEX security_events_by_user ON security_events (doc ->> '$.user_id', id)",
)

_MAIL = (
    _table("mails"),
    # EmailRepository.due
    "CREATE INDEX mails_due ON mails (doc ->> '$.due_at', id) WHERE doc ->> '$.due_at' IS NOT NULL",
    # EmailRepository.page of some states
    "CREATE INDEX mails_by_state ON mails (doc ->> '$.state', id)",
    _table("suppressions"),
)

_CHORES = (_table("chores"),)

_LIMITS = (
    # SessionRepository.page, count
    "DROP INDEX sessions_by_user",
    "CREATE INDEX sessions_by_user ON sessions (doc ->> '$.user_id', doc ->> '$.deleted_at', id)",
    # JobRepository.queued_count
    "CREATE INDEX jobs_queued ON jobs (doc ->> '$.user_id') WHERE doc ->> '$.status' = 'queued'",
    # ExportRepository.stored_count
    "CREATE INDEX exports_stored ON exports (doc ->> '$.user_id', doc ->> '$.purge_at')"
    " WHERE doc ->> '$.purge_at' IS NOT NULL",
)

_ACCOUNT_EMAILS = (
    # UserRepository.with_pending_emails
    "CREATE INDEX users_with_pending_emails ON users (doc ->> '$.emails_pending_since', id)"
    " WHERE doc ->> '$.emails_pending_since' IS NOT NULL",
)

_PENDING_EXPORTS = (
    # ExportRepository.pending_before
    "CREATE INDEX exports_pending ON exports (doc ->> '$.pending_since', id)"
    " WHERE doc ->> '$.pending_since' IS NOT NULL",
)

_STEPS = (
    _ACCOUNTS,
    _SESSIONS,
    _QUESTIONS,
    _JOBS,
    _EXPORTS,
    _NOTIFICATIONS,
    _SECURITY_EVENTS,
    _MAIL,
    _CHORES,
    _LIMITS,
    _ACCOUNT_EMAILS,
    _PENDING_EXPORTS,
)


def upgrade(connection: sqlite3.Connection) -> None:
    """Apply the steps that the database does not have yet, within the open transaction."""
    (taken,) = connection.execute("PRAGMA user_version").fetchone()
    for step in _STEPS[taken:]:
        for statement in step:
            connection.execute(statement)
    if taken < len(_STEPS):
        connection.execute(f"PRAGMA user_version = {len(_STEPS)}")
