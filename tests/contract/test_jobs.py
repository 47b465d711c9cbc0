from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import AlreadyExists, VersionConflict
from core.domain.jobs.jobs import Job, JobFilter, JobKind, JobStatus, Progress
from core.domain.messages import Message
from core.domain.paging import PageRequest
from tests.contract.conftest import Storage
from tests.contract.racing import at_once
from tests.contract.records import NOON, a_job, an_id
from tests.contract.walking import walk

A_SECOND = timedelta(seconds=1)
A_MINUTE = timedelta(minutes=1)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


def a_running_job(**changes: Any) -> Job:
    return a_job(**changes).leased("worker", NOON, A_MINUTE)


def add(storage: Storage, *jobs: Job) -> None:
    for job in jobs:
        storage.jobs.add(job)


def test_it_works(storage: Storage) -> None:
    job = a_job(params={"session_id": "session", "count": 5, "topics": ["SQL"], "difficulty": None})
    storage.jobs.add(job)
    assert storage.jobs.get(job.id) == job

    running = storage.jobs.save(job.leased("worker", NOON, A_MINUTE))
    assert storage.jobs.get(job.id) == running
    assert running.version == 2

    progressed = storage.jobs.save(
        running.progressed(Progress(2, 5, Message("writing_questions")), {"question_ids": ["1", "2"]})
    )
    assert storage.jobs.get(job.id) == progressed

    failed = storage.jobs.save(progressed.failed(Message.verbatim("No more.", "quota"), NOON + A_SECOND))
    assert storage.jobs.get(job.id) == failed


def test_an_unknown_job_is_none(storage: Storage) -> None:
    assert storage.jobs.get("none") is None


def test_an_id_is_taken_once(storage: Storage) -> None:
    job = a_job()
    storage.jobs.add(job)

    with pytest.raises(AlreadyExists):
        storage.jobs.add(job)


def test_a_stale_job_is_not_saved(storage: Storage) -> None:
    job = a_job()
    storage.jobs.add(job)
    storage.jobs.save(job.cancelled(NOON))

    with pytest.raises(VersionConflict):
        storage.jobs.save(job.leased("worker", NOON, A_MINUTE))


def test_of_many_workers_one_gets_the_lease(storage: Storage) -> None:
    job = a_job()
    storage.jobs.add(job)

    def lease(number: int) -> bool:
        try:
            storage.jobs.save(job.leased(f"worker {number}", NOON, A_MINUTE))
        except VersionConflict:
            return False
        return True

    assert at_once(8, lease).count(True) == 1


def test_the_users_jobs_are_listed_newest_first(storage: Storage) -> None:
    old, new, foreign = a_job(), a_job(), a_job(user_id="grace")
    add(storage, old, new, foreign)

    assert storage.jobs.page("ada", JobFilter(), PageRequest()).items == (new, old)
    first = storage.jobs.page("ada", JobFilter(), PageRequest(1))
    assert first.next_after == (new.id,)
    assert storage.jobs.page("ada", JobFilter(), PageRequest(1, first.next_after)).items == (old,)


def test_a_status_and_a_kind_filter_mean_any_of(storage: Storage) -> None:
    queued, running = a_job(), a_running_job(kind=JobKind.EXPORT_SESSION)
    cancelled = a_job(kind=JobKind.GRADE_ATTEMPT).cancelled(NOON)
    add(storage, queued, running, cancelled)

    def listed(wanted: JobFilter) -> tuple[Job, ...]:
        return storage.jobs.page("ada", wanted, PageRequest()).items

    assert listed(JobFilter(statuses=(JobStatus.RUNNING,))) == (running,)
    assert listed(JobFilter(statuses=(JobStatus.RUNNING, JobStatus.CANCELLED))) == (cancelled, running)
    assert listed(JobFilter(kinds=(JobKind.GRADE_ATTEMPT, JobKind.GENERATE_QUESTIONS))) == (cancelled, queued)
    assert listed(JobFilter(statuses=(JobStatus.QUEUED,), kinds=(JobKind.EXPORT_SESSION,))) == ()


def test_due_are_waiting_and_lost_ones_longest_waiting_first(storage: Storage) -> None:
    just_due = a_job(run_after=NOON)
    long_due = a_job(run_after=NOON - 10 * A_MINUTE)
    not_yet = a_job(run_after=NOON + A_SECOND)
    abandoned = replace(a_job(), run_after=NOON - 20 * A_MINUTE).leased("gone", NOON - 5 * A_MINUTE, A_MINUTE)
    ending_now = a_job().leased("slow", NOON, timedelta())
    held = a_running_job()
    ended = a_job(run_after=NOON - A_MINUTE).cancelled(NOON)
    add(storage, just_due, long_due, not_yet, abandoned, ending_now, held, ended)

    due = list(storage.jobs.due(NOON, 10))

    assert due == [long_due, abandoned, just_due, ending_now]
    assert all(job.is_due(NOON) for job in due)
    assert list(storage.jobs.due(NOON, 2)) == [long_due, abandoned]


def test_a_job_that_is_taken_or_released_is_due_at_its_new_time(storage: Storage) -> None:
    job = a_job()
    storage.jobs.add(job)
    running = storage.jobs.save(job.leased("worker", NOON, A_MINUTE))
    assert list(storage.jobs.due(NOON, 10)) == []

    released = storage.jobs.save(running.given_back(NOON, A_SECOND))
    assert list(storage.jobs.due(NOON, 10)) == []
    assert list(storage.jobs.due(NOON + A_SECOND, 10)) == [released]


def test_the_jobs_of_excluded_users_are_not_due(storage: Storage) -> None:
    adas, graces, alans = a_job(), a_job(user_id="grace"), a_job(user_id="alan")
    add(storage, adas, graces, alans)

    assert list(storage.jobs.due(NOON, 10, ["ada"])) == [graces, alans]
    assert list(storage.jobs.due(NOON, 10, {"ada", "alan"})) == [graces]
    assert list(storage.jobs.due(NOON, 1, ["nobody"])) == [adas]


def test_running_jobs_are_found_by_user_and_over_all(storage: Storage) -> None:
    second, first = a_running_job(id=an_id(2)), a_running_job(id=an_id(1))
    foreign = a_running_job(user_id="grace")
    add(storage, second, first, foreign, a_job(), a_job(user_id="alan"))

    assert list(storage.jobs.running_of("ada")) == [first, second]
    assert storage.jobs.running_of("alan") == []
    assert list(storage.jobs.running()) == [first, second, foreign]


def test_running_jobs_are_found_also_after_their_lease(storage: Storage) -> None:
    abandoned = a_job().leased("gone", NOON, timedelta())
    add(storage, abandoned)

    assert list(storage.jobs.running()) == list(storage.jobs.running_of("ada")) == [abandoned]


def test_queued_jobs_with_a_busy_key_are_not_due(storage: Storage) -> None:
    hidden = a_job(exclusive_key="session 1")
    other, without_key = a_job(exclusive_key="session 2"), a_job()
    waiting = a_job(exclusive_key="session 1", run_after=NOON - 5 * A_MINUTE)
    abandoned = waiting.leased("gone", NOON - 5 * A_MINUTE, A_MINUTE)
    add(storage, hidden, other, without_key, abandoned)

    assert list(storage.jobs.due(NOON, 10, busy_keys=["session 1"])) == [abandoned, other, without_key]
    assert list(storage.jobs.due(NOON, 1, busy_keys=["session 1", "session 2"])) == [abandoned]
    assert list(storage.jobs.due(NOON, 10, ["ada"], ["session 1"])) == []


def test_queued_jobs_are_counted_by_user(storage: Storage) -> None:
    delayed = a_job(run_after=NOON + A_MINUTE)
    add(storage, a_job(), delayed, a_running_job(), a_job().cancelled(NOON), a_job(user_id="grace"))

    assert storage.jobs.queued_count("ada") == 2
    assert storage.jobs.queued_count("alan") == 0

    storage.jobs.save(delayed.cancelled(NOON))
    assert storage.jobs.queued_count("ada") == 1


def test_a_job_is_unsettled_from_its_end_until_it_is_settled(storage: Storage) -> None:
    late = a_running_job().succeeded({"question_ids": ["1"]}, NOON + A_MINUTE)
    early = a_running_job().failed(Message.verbatim("No more.", "quota"), NOON)
    settled = a_job().cancelled(NOON).settled(NOON)
    add(storage, late, early, settled, a_job(), a_running_job())

    assert list(storage.jobs.unsettled(NOON + A_MINUTE, 10)) == [early, late]
    assert list(storage.jobs.unsettled(NOON + A_MINUTE, 1)) == [early]

    storage.jobs.save(early.settled(NOON))
    assert list(storage.jobs.unsettled(NOON + A_MINUTE, 10)) == [late]


def test_a_job_whose_follow_ups_failed_waits_behind_the_others(storage: Storage) -> None:
    failing, other = a_job().cancelled(NOON), a_job().cancelled(NOON + A_SECOND)
    add(storage, failing, other)
    failed = storage.jobs.save(failing.follow_ups_failed(NOON + A_MINUTE))

    assert list(storage.jobs.unsettled(NOON + A_MINUTE - A_SECOND, 10)) == [other]
    assert list(storage.jobs.unsettled(NOON + A_MINUTE, 10)) == [other, failed]


@pytest.mark.parametrize(
    "params",
    [
        {"$gt": ""},
        {"$where": "sleep(1000)", "session_id": {"$ne": None}},
        {"a.b": 1, "": 2, "$": 3, "a\x00b": 4},
        {"_id": "another", "id": "another", "big": 2**80},
    ],
)
def test_params_are_data_whatever_they_look_like(storage: Storage, params: dict[str, Any]) -> None:
    job = a_job(params=params)
    storage.jobs.add(job)
    assert storage.jobs.get(job.id) == job

    saved = storage.jobs.save(replace(job, result=params))
    assert storage.jobs.get(job.id) == saved


@settings(settings.get_profile("contract"))
@given(params=st.dictionaries(text, json_values, max_size=4))
def test_any_json_object_round_trips(storage: Storage, params: dict[str, Any]) -> None:
    job = a_job(params=params)
    storage.jobs.add(job)

    assert storage.jobs.get(job.id) == job


@settings(settings.get_profile("contract"))
@given(order=st.permutations(range(8)), limit=st.integers(1, 4), known=st.integers(0, 8))
def test_paging_neither_loses_nor_repeats_while_jobs_are_added(
    storage: Storage, order: list[int], limit: int, known: int
) -> None:
    user_id = an_id()
    jobs = [a_job(id=f"{user_id}{number:03}", user_id=user_id) for number in order]
    there, coming = jobs[:known], jobs[known:]
    add(storage, *there)

    def add_one() -> None:
        if coming:
            storage.jobs.add(coming.pop())

    seen = walk(lambda request: storage.jobs.page(user_id, JobFilter(), request), limit, add_one)

    seen_ids = [job.id for job in seen]
    assert seen_ids == sorted(set(seen_ids), reverse=True)
    assert {job.id for job in there} <= set(seen_ids)


def test_an_operator_pages_through_the_jobs_of_all_users(storage: Storage) -> None:
    mine, yours = a_job(id=an_id(1)), a_running_job(id=an_id(2), user_id="eve")
    add(storage, mine, yours)

    assert storage.jobs.page_of_all(JobFilter(), PageRequest(10)).items == (yours, mine)
    assert storage.jobs.page_of_all(JobFilter((JobStatus.RUNNING,)), PageRequest(10)).items == (yours,)


def test_jobs_are_counted_by_status_over_all_users(storage: Storage) -> None:
    add(storage, a_job(), a_job(user_id="eve"), a_running_job())

    assert storage.jobs.status_counts() == {JobStatus.QUEUED: 2, JobStatus.RUNNING: 1}
