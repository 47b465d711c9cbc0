from __future__ import annotations

import pytest

from core.domain.errors import Unavailable
from core.services.operations.health import Dependency, DependencyStatus, HealthService, is_ready
from entrypoints.wiring.application import Application
from tests.fakes import ManualClock


class Part:
    """Takes its time, then answers or does not."""

    def __init__(self, clock: ManualClock, *, takes_ms: int = 0, is_up: bool = True) -> None:
        self._clock = clock
        self._takes_ms = takes_ms
        self._is_up = is_up

    def ping(self) -> None:
        self._clock.advance(milliseconds=self._takes_ms)
        if not self._is_up:
            raise Unavailable("Nobody answers.")


def test_it_works(clock: ManualClock) -> None:
    health = HealthService(
        [
            Dependency("database", Part(clock, takes_ms=3), is_required=True),
            Dependency("redis", Part(clock, takes_ms=250, is_up=False), is_required=False),
        ],
        clock,
    )

    assert health.check() == [
        DependencyStatus("database", is_up=True, is_required=True, latency_ms=3),
        DependencyStatus("redis", is_up=False, is_required=False, latency_ms=250),
    ]


@pytest.mark.parametrize(
    ("is_up", "is_required", "ready"),
    [(True, True, True), (True, False, True), (False, True, False), (False, False, True)],
)
def test_it_is_ready_unless_a_required_part_is_down(
    clock: ManualClock, is_up: bool, is_required: bool, ready: bool
) -> None:
    health = HealthService(
        [
            Dependency("database", Part(clock), is_required=True),
            Dependency("other", Part(clock, is_up=is_up), is_required=is_required),
        ],
        clock,
    )

    assert is_ready(health.check()) is ready


def test_an_embedded_installation_depends_on_its_database_only(application: Application) -> None:
    answers = application.operations.health.check()

    assert [(answer.name, answer.is_up, answer.is_required) for answer in answers] == [
        ("database", True, True)
    ]


def test_an_installation_whose_database_is_closed_is_not_ready(application: Application) -> None:
    application.close()

    assert not is_ready(application.operations.health.check())
