from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from entrypoints.http.app import create_app
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient
from tests.integration.http.described import DescribedClient


@pytest.fixture(scope="session")
def flask_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Made once, since that takes longer than most tests do; each test gives it its own application."""
    placeholder = application_in_memory(tmp_path_factory.mktemp("placeholder"), ManualClock(), [])
    app = create_app(placeholder)
    app.test_client_class = DescribedClient
    yield app
    placeholder.close()


@pytest.fixture
def flask_client(flask_app: Flask, application: Application) -> FlaskClient:
    """Of a program, not of a browser: it keeps no cookies."""
    flask_app.extensions["interview_prep"] = application
    return flask_app.test_client(use_cookies=False)


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
