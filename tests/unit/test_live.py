from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.fluent.catalogue import FluentCatalogue
from adapters.memory.cache import MemoryExpiringCache
from core.domain.jobs.jobs import Job, JobFailure, JobKind, JobStatus, Progress
from core.domain.live.events import LiveEvent
from core.domain.messages import Message
from core.services.jobs.events import JobEvents
from entrypoints.client_json import ClientJson
from tests.fakes import ManualClock

JSON = ClientJson(FluentCatalogue())


class NotedChannel:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.published: list[LiveEvent] = []

    def publish(self, event: LiveEvent) -> None:
        self.published.append(event)

    def listen(self, receive: Callable[[LiveEvent], Any]) -> Callable[[], None]:
        raise NotImplementedError


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def channel() -> NotedChannel:
    return NotedChannel()


@pytest.fixture
def events(channel: NotedChannel, clock: ManualClock) -> JobEvents:
    return JobEvents(channel, JSON.job, clock, MemoryExpiringCache(clock))


@pytest.fixture
def job(clock: ManualClock) -> Job:
    now = clock.now()
    queued = Job("job", "ada", JobKind.GENERATE_QUESTIONS, {}, now, now, max_attempts=3)
    return queued.leased("worker", now, timedelta(seconds=30))


def done(job: Job, count: int) -> Job:
    return job.progressed(Progress(count, 50, Message("writing_questions")), {})


def shown(channel: NotedChannel) -> list[tuple[str, int]]:
    return [(event.payload["status"], event.payload["progress"]["done"]) for event in channel.published]


def test_it_works(events: JobEvents, channel: NotedChannel, job: Job) -> None:
    events.changed(job)

    assert channel.published == [LiveEvent("ada", "job.updated", JSON.job(job))]


def test_progress_is_shown_five_times_a_second(
    events: JobEvents, channel: NotedChannel, clock: ManualClock, job: Job
) -> None:
    for count in range(50):
        events.changed(done(job, count))
        clock.advance(milliseconds=20)

    assert shown(channel) == [("running", count) for count in (0, 10, 20, 30, 40)]


def test_each_job_has_its_own_pace(events: JobEvents, channel: NotedChannel, job: Job) -> None:
    for each in (job, replace(job, id="another"), job, replace(job, id="another")):
        events.changed(each)

    assert [event.payload["id"] for event in channel.published] == ["job", "another"]


def test_a_change_of_status_is_shown_at_once_with_the_last_progress(
    events: JobEvents, channel: NotedChannel, clock: ManualClock, job: Job
) -> None:
    events.changed(replace(job, status=JobStatus.QUEUED))
    events.changed(job)
    events.changed(done(job, 25))
    events.changed(done(job, 50))
    events.changed(done(job, 50).succeeded({}, clock.now()))

    assert shown(channel) == [("queued", 0), ("running", 0), ("succeeded", 50)]


def test_a_job_that_is_retried_at_once_is_shown_in_each_status(
    events: JobEvents, channel: NotedChannel, clock: ManualClock, job: Job
) -> None:
    events.changed(job)
    failure = JobFailure(Message.verbatim("The writer is away.", "provider_unavailable"), is_transient=True)
    events.changed(job.after_failure(failure, clock.now(), timedelta()))
    events.changed(job)

    assert [status for status, _ in shown(channel)] == ["running", "queued", "running"]
