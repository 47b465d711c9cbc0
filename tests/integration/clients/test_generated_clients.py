"""Tools that read the OpenAPI document: a linter, and two generators of clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.bank import QuestionBank
from tests.integration.live.sites import Site, embedded_site
from tests.node_packages import node_packages

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
STEPS = [
    "registered",
    "logged in",
    "session created",
    "questions generated",
    "questions listed",
    "question changed",
    "session exported",
    "file downloaded",
    "notifications listed",
    "problem understood",
]

# All in one process: each worker of xdist would fetch the packages of its own.
pytestmark = pytest.mark.xdist_group("generated clients")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with embedded_site(tmp_path_factory.mktemp("site"), generators=[QuestionBank()]) as site:
        yield site


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return node_packages(FOLDER / "package.json", tmp_path_factory.mktemp("packages"))


@pytest.fixture
def document(site: Site, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_text(httpx.get(f"{site.url}/api/openapi.json").text)
    return path


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_the_linter_has_nothing_to_say(packages: Path, document: Path) -> None:
    linted = run(
        packages / ".bin" / "redocly",
        *("lint", document, "--config", ROOT / "redocly.yaml", "--format", "json"),
        REDOCLY_TELEMETRY="off",
        REDOCLY_SUPPRESS_UPDATE_NOTICE="true",
    )

    report = json.loads(linted.stdout[linted.stdout.index("{") :])
    assert (report["problems"], linted.returncode) == ([], 0)


def test_types_for_typescript_are_generated(packages: Path, document: Path, tmp_path: Path) -> None:
    types = tmp_path / "api.d.ts"

    generated = run(packages / ".bin" / "openapi-typescript", document, "--output", types)

    assert generated.returncode == 0, generated.stderr
    assert "warn" not in (generated.stdout + generated.stderr).lower()
    assert 'get: operations["listSessions"]' in types.read_text()
    checked = run(packages / ".bin" / "tsc", "--strict", "--noEmit", types)
    assert checked.returncode == 0, checked.stdout


def test_the_python_client_runs_the_tour(site: Site, document: Path, tmp_path: Path) -> None:
    options = ["--meta", "none", "--fail-on-warning", "--config", ROOT / "openapi-python-client.yaml"]
    generated = run(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--path", document),
        *("--output-path", tmp_path / "interview_prep_client", *options),
    )
    said = generated.stdout + generated.stderr
    assert generated.returncode == 0, said
    assert "warning" not in said.lower()

    toured = run(sys.executable, FOLDER / "tour.py", site.url, PYTHONPATH=str(tmp_path))

    assert (toured.stdout.splitlines(), toured.returncode) == (STEPS, 0), toured.stderr
