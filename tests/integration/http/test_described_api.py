"""The API held against its document by schemathesis: requests that the schemas allow, and others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import positive_data_acceptance
from schemathesis.core.parameters import ParameterLocation

from entrypoints.wiring.application import Application
from tests.integration.http.client import ApiClient

_BOUNDED = settings(
    max_examples=4,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def work_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the library remembers between runs goes there."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def served_app(flask_app: Flask, application: Application) -> Flask:
    flask_app.extensions["interview_prep"] = application
    return flask_app


def _somebody_with_work(app: Flask, number: int) -> tuple[str, dict[str, str]]:
    """An access token, and the ids of what that user has."""
    client = ApiClient(app.test_client(use_cookies=False)).sign_up(f"user{number}@example.com")
    session = client.make_session()
    ids = {
        "session_id": session["id"],
        "question_id": client.add_question(session["id"])["id"],
        "job_id": client.generate(session["id"], 1)["id"],
    }
    assert client.access_token is not None
    return client.access_token, ids


def _operations(app: Flask) -> Iterator[schemathesis.APIOperation]:
    for result in schemathesis.openapi.from_wsgi("/api/openapi.json", app).get_all_operations():
        yield result.ok()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_the_document_says(served_app: Flask, mode: GenerationMode) -> None:
    tried = 0
    for number, operation in enumerate(_operations(served_app)):
        token, ids = _somebody_with_work(served_app, number)
        try:
            _hold_against_document(operation, mode, token, ids)
            tried += 1
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing about this operation can be wrong

    assert tried > 25


def _hold_against_document(
    operation: schemathesis.APIOperation, mode: GenerationMode, token: str, ids: dict[str, str]
) -> None:
    @_BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Case) -> None:
        if case.meta is not None and not case.meta.is_negative_at(ParameterLocation.PATH):
            generated = case.path_parameters or {}
            case.path_parameters = {name: ids.get(name, value) for name, value in generated.items()}
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            excluded_checks=[positive_data_acceptance],  # texts have rules that no schema can say
        )

    check()
