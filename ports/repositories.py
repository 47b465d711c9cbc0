"""Stores of the domain's records.

Common to all of them:

* `add` raises AlreadyExists if the id (or a unique key that the protocol names) is taken.
* `save` writes the record only if the stored one still has the record's `version`, and returns it
  with the next version; else it raises VersionConflict. One write, atomic.
* `get` and the like return None where nothing is found, or where it belongs to another user.
* Lists are paged by key, in the order that the method names, and never lose or repeat an item.
* Any method raises core.domain.errors.Unavailable while the store is away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.identity.accounts import Login, User
from core.domain.identity.audit import SecurityEvent
from core.domain.jobs.jobs import Job, JobFilter, JobStatus, KeyedRequest
from core.domain.library.exports import Export
from core.domain.library.questions import Question, QuestionFilter, QuestionSort
from core.domain.library.sessions import Session, SessionFilter
from core.domain.live.notifications import Notification
from core.domain.paging import Page, PageRequest


class Users(Protocol):
    def add(self, user: User) -> None:
        """Raises AlreadyExists also if the `email_key` is taken."""

    def get(self, user_id: str) -> User | None: ...

    def by_email_key(self, email_key: str) -> User | None: ...

    def save(self, user: User) -> User: ...


class Logins(Protocol):
    def add(self, login: Login) -> None: ...

    def get(self, login_id: str) -> Login | None: ...

    def save(self, login: Login) -> Login: ...

    def active_of(self, user_id: str, now: datetime) -> Sequence[Login]:
        """The user's logins that have neither been ended nor expired."""

    def active_among(self, login_ids: Collection[str], now: datetime) -> set[str]:
        """Which of these have neither been ended nor expired, in one query."""

    def remove_expired(self, before: datetime) -> int:
        """Forget logins that expired before then; how many."""


class Sessions(Protocol):
    """Deleted sessions (`deleted_at` set) are found by `deleted_before` only."""

    def add(self, session: Session) -> None: ...

    def get(self, user_id: str, session_id: str) -> Session | None: ...

    def save(self, session: Session) -> Session: ...

    def page(self, user_id: str, wanted: SessionFilter, request: PageRequest) -> Page[Session]:
        """Newest first. The key is (id,)."""

    def deleted_before(self, moment: datetime, limit: int) -> Sequence[Session]:
        """Sessions of all users whose `deleted_at` is before then, any order."""

    def remove(self, session_id: str) -> None:
        """Forget the session for good; nothing happens if it is not there."""


class Questions(Protocol):
    def add(self, question: Question) -> None: ...

    def put(self, questions: Sequence[Question]) -> None:
        """Write all of them, each over the one with the same id if there is one."""

    def get(self, user_id: str, question_id: str) -> Question | None: ...

    def save(self, question: Question) -> Question: ...

    def remove(self, user_id: str, question_id: str) -> bool:
        """Whether it was there."""

    def remove_of_session(self, session_id: str) -> int:
        """Remove all questions of the session; how many."""

    def page(
        self, user_id: str, wanted: QuestionFilter, sort: QuestionSort, request: PageRequest
    ) -> Page[Question]:
        """Keys: (id,) for newest and oldest; (rank of the difficulty as a digit, id) for difficulty.

        Difficulty sorts from easy to hard, and by id, ascending, within one difficulty.
        """

    def texts_of_session(self, session_id: str) -> Sequence[str]:
        """The texts of all questions of the session, by id."""

    def of_job(self, session_id: str, job_id: str) -> Sequence[Question]:
        """The session's questions whose `job_id` is that job, by id."""

    def counts(self, session_ids: Collection[str]) -> dict[str, int]:
        """Number of questions by session id; a session without questions may be absent."""


class Jobs(Protocol):
    """The ledger: the truth about all long work."""

    def add(self, job: Job) -> None: ...

    def get(self, job_id: str) -> Job | None: ...

    def save(self, job: Job) -> Job: ...

    def page(self, user_id: str, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        """The user's jobs, newest first. The key is (id,)."""

    def page_of_all(self, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        """For operators: the jobs of all users, newest first. The key is (id,)."""

    def status_counts(self) -> dict[JobStatus, int]:
        """For operators: the number of jobs by status, over all users."""

    def due(self, now: datetime, limit: int, excluded_users: Collection[str] = ()) -> Sequence[Job]:
        """Jobs that a worker may take: queued with `run_after` reached, or running with an ended lease.

        Longest waiting first, none of the excluded users.
        """

    def running_of(self, user_id: str) -> Sequence[Job]:
        """The user's running jobs, by id."""

    def running_counts(self) -> dict[str, int]:
        """Number of running jobs by user id, over all users; a user without any is absent."""

    def unsettled(self, limit: int) -> Sequence[Job]:
        """Jobs that have ended and whose consequences are not all done, oldest end first."""


class KeyedRequests(Protocol):
    """What idempotency keys stand for."""

    def add(self, request: KeyedRequest) -> None: ...

    def get(self, request_id: str) -> KeyedRequest | None: ...

    def save(self, request: KeyedRequest) -> KeyedRequest: ...

    def remove_older(self, moment: datetime) -> int:
        """Forget the requests created before then; how many."""


class Exports(Protocol):
    def add(self, export: Export) -> None: ...

    def get(self, user_id: str, export_id: str) -> Export | None: ...

    def save(self, export: Export) -> Export: ...

    def page(self, user_id: str, request: PageRequest) -> Page[Export]:
        """Newest first. The key is (id,)."""

    def remove(self, user_id: str, export_id: str) -> bool:
        """Whether it was there."""

    def expired(self, now: datetime, limit: int) -> Sequence[Export]:
        """Exports of all users whose `expires_at` is reached and whose `file_id` is still set."""


class Notifications(Protocol):
    def add(self, notification: Notification) -> None:
        """Keep it, and of the user's notifications only the newest MAX_NOTIFICATIONS.

        Raises AlreadyExists also if the user has one with the same `cause`.
        """

    def newest(self, user_id: str, *, only_unread: bool) -> Sequence[Notification]:
        """All that are kept, newest first (by id)."""

    def after(self, user_id: str, notification_id: str) -> Sequence[Notification]:
        """Those with a greater id, oldest first."""

    def unread_count(self, user_id: str) -> int: ...

    def mark_read(self, user_id: str, notification_ids: Collection[str] | None, now: datetime) -> int:
        """Mark these, or all if None, as read; how many were unread until then."""

    def clear(self, user_id: str) -> int:
        """Forget all of the user's; how many."""


class SecurityEvents(Protocol):
    """Append-only."""

    def add(self, event: SecurityEvent) -> None: ...

    def page(self, user_id: str, request: PageRequest) -> Page[SecurityEvent]:
        """The user's, newest first. The key is (id,)."""
