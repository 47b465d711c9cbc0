from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from adapters.records.base import VersionedRecords
from adapters.records.conditions import (
    NEWEST_FIRST,
    AnyOf,
    Compare,
    Condition,
    Either,
    Equal,
    NoneOf,
    Order,
)
from adapters.records.engine import RecordEngine
from core.domain.jobs.chores import ChoreState
from core.domain.jobs.idempotency import KeyedRequest
from core.domain.jobs.jobs import Job, JobFilter, JobStatus
from core.domain.paging import Page, PageRequest

log = logging.getLogger(__name__)

_LONGEST_WAITING_FIRST = Order(("due_at", "id"))
_BY_USER = Order(("user_id", "id"))
_LONGEST_UNSETTLED_FIRST = Order(("unsettled_since", "id"))

_IS_QUEUED = Equal("status", JobStatus.QUEUED)
_IS_RUNNING = Equal("status", JobStatus.RUNNING)


def _derived(job: Job) -> Mapping[str, object]:
    # Earlier releases stored the end of the job under this name, and found it by that.
    return {"due_at": job.due_at, "unsettled_since": job.follow_ups_due_at}


class JobRecords(VersionedRecords[Job]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "jobs", Job, _derived)

    def get(self, job_id: str) -> Job | None:
        return self._find(job_id)

    def page(self, user_id: str, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        return self._page([Equal("user_id", user_id), *_conditions(wanted)], NEWEST_FIRST, request)

    def page_of_all(self, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        return self._page(_conditions(wanted), NEWEST_FIRST, request)

    def due(
        self,
        now: datetime,
        limit: int,
        excluded_users: Collection[str] = (),
        busy_keys: Collection[str] = (),
    ) -> Sequence[Job]:
        conditions: list[Condition] = [Compare("due_at", "<=", now)]
        if excluded_users:
            conditions.append(NoneOf("user_id", tuple(excluded_users)))
        if busy_keys:
            conditions.append(Either(_IS_RUNNING, NoneOf("exclusive_key", tuple(busy_keys))))
        return self._select(conditions, _LONGEST_WAITING_FIRST, limit)

    def running_of(self, user_id: str) -> Sequence[Job]:
        return self._select([_IS_RUNNING, Equal("user_id", user_id)])

    def running(self) -> Sequence[Job]:
        return self._select([_IS_RUNNING], _BY_USER)

    def queued_count(self, user_id: str) -> int:
        return self._counts("user_id", _IS_QUEUED, Equal("user_id", user_id)).get(user_id, 0)

    def status_counts(self) -> dict[JobStatus, int]:
        counts = self._counts("status")
        known = {status: counts.pop(status) for status in JobStatus if status in counts}
        if counts:
            log.error("%d jobs are not counted: their status is unknown", sum(counts.values()))
        return known

    def unsettled(self, now: datetime, limit: int) -> Sequence[Job]:
        return self._select([Compare("unsettled_since", "<=", now)], _LONGEST_UNSETTLED_FIRST, limit)


def _conditions(wanted: JobFilter) -> list[Condition]:
    conditions: list[Condition] = []
    if wanted.statuses:
        conditions.append(AnyOf("status", wanted.statuses))
    if wanted.kinds:
        conditions.append(AnyOf("kind", wanted.kinds))
    return conditions


class KeyedRequestRecords(VersionedRecords[KeyedRequest]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "keyed_requests", KeyedRequest)

    def get(self, request_id: str) -> KeyedRequest | None:
        return self._find(request_id)

    def remove_older(self, moment: datetime) -> int:
        return self._remove(Compare("created_at", "<", moment))


class ChoreRecords(VersionedRecords[ChoreState]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "chores", ChoreState)

    def get(self, name: str) -> ChoreState | None:
        return self._find(name)
