"""Health checks of the installation's dependencies, with their latency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.errors import Unavailable
from ports.operations import Pingable
from ports.system import Clock


@dataclass(frozen=True, slots=True)
class Dependency:
    """A part of the installation to check. This process cannot serve without the required ones."""

    name: str
    part: Pingable
    is_required: bool


@dataclass(frozen=True, slots=True)
class DependencyStatus:
    name: str
    is_up: bool
    is_required: bool
    latency_ms: int


class HealthService:
    def __init__(self, dependencies: Sequence[Dependency], clock: Clock) -> None:
        self._dependencies = tuple(dependencies)
        self._clock = clock

    def check(self) -> list[DependencyStatus]:
        return [self._ask(dependency) for dependency in self._dependencies]

    def _ask(self, dependency: Dependency) -> DependencyStatus:
        begin = self._clock.now()
        try:
            dependency.part.ping()
            is_up = True
        except Unavailable:
            is_up = False
        latency = self._clock.now() - begin
        return DependencyStatus(
            dependency.name, is_up, dependency.is_required, round(latency.total_seconds() * 1000)
        )


def is_ready(answers: Sequence[DependencyStatus]) -> bool:
    return all(answer.is_up for answer in answers if answer.is_required)
