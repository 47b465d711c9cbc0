"""The application, all of it, in memory, with the world outside replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock, ScriptedGenerator


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def writer() -> ScriptedGenerator:
    return ScriptedGenerator()


@pytest.fixture
def application(clock: ManualClock, writer: ScriptedGenerator, tmp_path: Path) -> Iterator[Application]:
    built = application_in_memory(tmp_path, clock, [writer])
    yield built
    built.close()
