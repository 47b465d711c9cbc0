from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from adapters.mongo.collection import BY_ID, NEWEST_FIRST, Order, VersionedCollection
from adapters.mongo.conditions import Condition, any_of, compare, is_set, none_of
from adapters.mongo.database import MongoDatabase
from core.domain.jobs.idempotency import KeyedRequest
from core.domain.jobs.jobs import Job, JobFilter, JobStatus
from core.domain.paging import Page, PageRequest

_LONGEST_WAITING_FIRST = Order(("due_at", "id"))
_OLDEST_END_FIRST = Order(("unsettled_since", "id"))

_IS_RUNNING = compare("status", "$eq", JobStatus.RUNNING.value)


def _derived(job: Job) -> Mapping[str, object]:
    return {"due_at": job.due_at, "unsettled_since": job.unsettled_since}


def _conditions(wanted: JobFilter) -> list[Condition]:
    conditions = []
    if wanted.statuses:
        conditions.append(any_of("status", wanted.statuses))
    if wanted.kinds:
        conditions.append(any_of("kind", wanted.kinds))
    return conditions


class MongoJobs(VersionedCollection[Job]):
    def __init__(self, database: MongoDatabase) -> None:
        super().__init__(database, "jobs", Job, _derived)

    def get(self, job_id: str) -> Job | None:
        return self._find(job_id)

    def page(self, user_id: str, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        conditions = [compare("user_id", "$eq", user_id), *_conditions(wanted)]
        return self._page(conditions, NEWEST_FIRST, request)

    def page_of_all(self, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        return self._page(_conditions(wanted), NEWEST_FIRST, request)

    def due(self, now: datetime, limit: int, excluded_users: Collection[str] = ()) -> Sequence[Job]:
        conditions = [compare("due_at", "$lte", now)]
        if excluded_users:
            conditions.append(none_of("user_id", excluded_users))
        return self._select(conditions, _LONGEST_WAITING_FIRST, limit)

    def running_of(self, user_id: str) -> Sequence[Job]:
        return self._select([_IS_RUNNING, compare("user_id", "$eq", user_id)], BY_ID)

    def running_counts(self) -> dict[str, int]:
        return self._counts("user_id", _IS_RUNNING)

    def status_counts(self) -> dict[JobStatus, int]:
        return {JobStatus(status): count for status, count in self._counts("status").items()}

    def unsettled(self, limit: int) -> Sequence[Job]:
        return self._select([is_set("unsettled_since")], _OLDEST_END_FIRST, limit)


class MongoKeyedRequests(VersionedCollection[KeyedRequest]):
    def __init__(self, database: MongoDatabase) -> None:
        super().__init__(database, "keyed_requests", KeyedRequest)

    def get(self, request_id: str) -> KeyedRequest | None:
        return self._find(request_id)

    def remove_older(self, moment: datetime) -> int:
        return self._remove(compare("created_at", "$lt", moment))
