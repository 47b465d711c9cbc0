"""Which parts of the installation answer, and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.errors import Unavailable
from ports.clock import Clock
from ports.health import Pingable


@dataclass(frozen=True, slots=True)
class Dependency:
    """A part that is asked. Without a required one, this process cannot serve."""

    name: str
    part: Pingable
    is_required: bool


@dataclass(frozen=True, slots=True)
class Answer:
    name: str
    is_up: bool
    is_required: bool
    latency_ms: int


class Health:
    def __init__(self, dependencies: Sequence[Dependency], clock: Clock) -> None:
        self._dependencies = tuple(dependencies)
        self._clock = clock

    def check(self) -> list[Answer]:
        return [self._ask(dependency) for dependency in self._dependencies]

    def _ask(self, dependency: Dependency) -> Answer:
        begin = self._clock.now()
        try:
            dependency.part.ping()
            is_up = True
        except Unavailable:
            is_up = False
        latency = self._clock.now() - begin
        return Answer(dependency.name, is_up, dependency.is_required, round(latency.total_seconds() * 1000))


def is_ready(answers: Sequence[Answer]) -> bool:
    return all(answer.is_up for answer in answers if answer.is_required)
