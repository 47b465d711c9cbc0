from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.memory.cache import MemoryExpiringCache
from core.domain.jobs.jobs import Job, JobError, JobKind, JobStatus, Progress
from core.domain.live.events import LiveEvent
from core.services.live.publisher import LivePublisher
from core.services.representations import job_body
from tests.fakes import ManualClock


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
def live(channel: NotedChannel, clock: ManualClock) -> LivePublisher:
    return LivePublisher(channel, clock, MemoryExpiringCache(clock))


@pytest.fixture
def job(clock: ManualClock) -> Job:
    now = clock.now()
    queued = Job("job", "ada", JobKind.GENERATE_QUESTIONS, {}, now, now, max_attempts=3)
    return queued.leased("worker", now, timedelta(seconds=30))


def done(job: Job, count: int) -> Job:
    return job.progressed(Progress(count, 50, "Writing questions"), {})


def shown(channel: NotedChannel) -> list[tuple[str, int]]:
    return [(event.payload["status"], event.payload["progress"]["done"]) for event in channel.published]


def test_it_works(live: LivePublisher, channel: NotedChannel, job: Job) -> None:
    live.job_changed(job)

    assert channel.published == [LiveEvent("ada", "job.updated", job_body(job))]


def test_progress_is_shown_five_times_a_second(
    live: LivePublisher, channel: NotedChannel, clock: ManualClock, job: Job
) -> None:
    for count in range(50):
        live.job_changed(done(job, count))
        clock.advance(milliseconds=20)

    assert shown(channel) == [("running", count) for count in (0, 10, 20, 30, 40)]


def test_each_job_has_its_own_pace(live: LivePublisher, channel: NotedChannel, job: Job) -> None:
    for each in (job, replace(job, id="another"), job, replace(job, id="another")):
        live.job_changed(each)

    assert [event.payload["id"] for event in channel.published] == ["job", "another"]


def test_a_change_of_status_is_shown_at_once_with_the_last_progress(
    live: LivePublisher, channel: NotedChannel, clock: ManualClock, job: Job
) -> None:
    live.job_changed(replace(job, status=JobStatus.QUEUED))
    live.job_changed(job)
    live.job_changed(done(job, 25))
    live.job_changed(done(job, 50))
    live.job_changed(done(job, 50).succeeded({}, clock.now()))

    assert shown(channel) == [("queued", 0), ("running", 0), ("succeeded", 50)]


def test_a_job_that_fails_and_is_tried_again_at_once_is_shown_in_each_status(
    live: LivePublisher, channel: NotedChannel, clock: ManualClock, job: Job
) -> None:
    live.job_changed(job)
    live.job_changed(job.released(clock.now(), JobError("provider_unavailable", "The writer is away.")))
    live.job_changed(job)

    assert [status for status, _ in shown(channel)] == ["running", "queued", "running"]


def test_the_end_of_a_login_is_told(live: LivePublisher, channel: NotedChannel) -> None:
    live.login_ended("ada", "login")

    assert channel.published == [LiveEvent("ada", "login.ended", {"login_id": "login"})]
