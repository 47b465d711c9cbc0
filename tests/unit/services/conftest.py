from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from entrypoints.wiring.application import Application
from entrypoints.wiring.stores import Stores
from tests.building import application_in_memory, settings_in_memory, signed_up
from tests.fakes import ManualClock, ScriptedGenerator
from tests.faults import Faults, faulty_stores
from tests.unit.services.asking import a_session

Worker = Callable[..., Application]
"""Starts another process of the same installation: `worker(*generators, **settings)`."""


@pytest.fixture
def ada(application: Application) -> str:
    """The id of a user."""
    return signed_up(application, "ada@example.com").user.id


@pytest.fixture
def grace(application: Application) -> str:
    """The id of another user."""
    return signed_up(application, "grace@example.com").user.id


@pytest.fixture
def session_id(application: Application, ada: str) -> str:
    """A session of Ada's."""
    return a_session(application, ada)


@pytest.fixture
def stores(tmp_path: Path, faults: Faults) -> Iterator[Stores]:
    opened = faulty_stores(settings_in_memory(tmp_path), faults)
    yield opened
    opened.close()


@pytest.fixture
def worker(clock: ManualClock, tmp_path: Path, faults: Faults) -> Iterator[Worker]:
    with ExitStack() as running:

        def start(*generators: ScriptedGenerator, **settings: Any) -> Application:
            url = f"sqlite:///{tmp_path / 'ledger.db'}"
            built = application_in_memory(
                tmp_path,
                clock,
                generators or [ScriptedGenerator()],
                faults=faults,
                **{"database_url": url, **settings},
            )
            running.callback(built.close)
            return built

        yield start
