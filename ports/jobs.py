"""The ledger of jobs, and what idempotency keys stand for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.jobs.chores import ChoreState
from core.domain.jobs.idempotency import KeyedRequest
from core.domain.jobs.jobs import Job, JobFilter, JobStatus
from core.domain.paging import Page, PageRequest


class JobRepository(Protocol):
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

    def due(
        self,
        now: datetime,
        limit: int,
        excluded_users: Collection[str] = (),
        busy_keys: Collection[str] = (),
    ) -> Sequence[Job]:
        """Jobs that a worker may take: queued with `run_after` reached, or running with an ended lease.

        Longest waiting first, none of the excluded users, and no queued one whose `exclusive_key` is busy.
        """

    def running_of(self, user_id: str) -> Sequence[Job]:
        """The user's running jobs, by id."""

    def running(self) -> Sequence[Job]:
        """The running jobs of all users, also those whose lease has ended, by user and id."""

    def queued_count(self, user_id: str) -> int:
        """How many of the user's jobs wait for a worker, due or not."""

    def unsettled(self, now: datetime, limit: int) -> Sequence[Job]:
        """Ended jobs whose follow-ups are not all done, and may be tried by now, longest waiting first."""


class KeyedRequestRepository(Protocol):
    """What idempotency keys stand for."""

    def add(self, request: KeyedRequest) -> None: ...

    def get(self, request_id: str) -> KeyedRequest | None: ...

    def save(self, request: KeyedRequest) -> KeyedRequest: ...

    def remove_older(self, moment: datetime) -> int:
        """Forget the requests created before then; how many."""


class ChoreRepository(Protocol):
    """When each chore is due, and which process is doing it."""

    def add(self, state: ChoreState) -> None: ...

    def get(self, name: str) -> ChoreState | None: ...

    def save(self, state: ChoreState) -> ChoreState: ...
