from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from entrypoints.bootstrap import Application
from entrypoints.http.app import create_app
from tests.building import application_in_memory
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import ApiClient
from tests.integration.http.described import DescribedClient


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


@pytest.fixture
def flask_client(application: Application) -> FlaskClient:
    app = create_app(application)
    app.test_client_class = DescribedClient
    return app.test_client()


@pytest.fixture
def anonymous(flask_client: FlaskClient) -> ApiClient:
    return ApiClient(flask_client)


@pytest.fixture
def ada(flask_client: FlaskClient) -> ApiClient:
    return ApiClient(flask_client).sign_up("ada@example.com")


@pytest.fixture
def eve(flask_client: FlaskClient) -> ApiClient:
    """Somebody else."""
    return ApiClient(flask_client).sign_up("eve@example.com")
