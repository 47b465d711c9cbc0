"""Redis goes away and comes back, empty: no job is lost."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.processes.installation import Installation
from tests.integration.processes.person import Person
from tests.integration.processes.programs import RedisOfOurOwn


@pytest.fixture
def ada(separate: Installation) -> Person:
    separate.serve("api", "--workers", "1")
    return separate.person().sign_up()


def test_a_job_waits_in_the_ledger_and_runs_when_redis_is_back(
    separate: Installation, own_redis: RedisOfOurOwn, ada: Person
) -> None:
    session_id = ada.make_session()
    worker = separate.work()
    own_redis.stop()

    job_id = ada.generate(session_id, 4)

    assert ada.job(job_id)["status"] == "queued"
    assert ada.ask("GET", "/sessions")["items"], "reading goes on"
    own_redis.start()
    assert ada.ended(job_id)["status"] == "succeeded"
    assert len(ada.questions(session_id)) == 4
    assert worker.stop() == 0


def test_a_hint_that_redis_has_forgotten_is_given_again(
    separate: Installation, own_redis: RedisOfOurOwn, ada: Person
) -> None:
    session_id = ada.make_session()
    job_id = ada.generate(session_id, 4)
    own_redis.stop()
    own_redis.start()

    separate.work()

    assert ada.ended(job_id)["status"] == "succeeded"


def test_a_worker_that_starts_without_redis_works_once_there_is_one(
    separate: Installation, own_redis: RedisOfOurOwn, ada: Person
) -> None:
    session_id = ada.make_session()
    own_redis.stop()
    job_id = ada.generate(session_id, 4)
    separate.work().saying("unavailable")
    own_redis.start()

    assert ada.ended(job_id)["status"] == "succeeded"


def test_readiness_says_that_redis_is_down_but_not_needed(
    own_redis: RedisOfOurOwn, separate: Installation, ada: Person
) -> None:
    assert _ready(separate) == {"database": "up", "redis": "up"}

    own_redis.stop()

    assert _ready(separate) == {"database": "up", "redis": "down"}
    assert separate.person().log_in().ask("GET", "/users/me")["email"] == ada.email


def test_a_worker_without_redis_stops_when_told(separate: Installation, own_redis: RedisOfOurOwn) -> None:
    worker = separate.work()
    own_redis.stop()

    assert worker.stop() == 0


def _ready(separate: Installation) -> dict[str, str]:
    """How each dependency is, of an installation that is ready."""
    answer = httpx.get(f"{separate.url}/health/ready")
    assert answer.status_code == 200, answer.text
    return {name: dependency["status"] for name, dependency in answer.json()["dependencies"].items()}
