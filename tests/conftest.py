"""The application, all of it, in memory, with the world outside replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.library.limits import LibraryLimits
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock, ScriptedGenerator
from tests.faults import Faults


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def writer() -> ScriptedGenerator:
    return ScriptedGenerator()


@pytest.fixture
def library_limits() -> LibraryLimits | None:
    """Those of the settings. A test that needs others is parametrised with them."""
    return None


@pytest.fixture
def faults() -> Faults:
    """What goes wrong in the databases of the test."""
    return Faults()


@pytest.fixture
def application(
    clock: ManualClock,
    writer: ScriptedGenerator,
    tmp_path: Path,
    library_limits: LibraryLimits | None,
    faults: Faults,
) -> Iterator[Application]:
    built = application_in_memory(tmp_path, clock, [writer], library_limits, faults)
    yield built
    built.close()
