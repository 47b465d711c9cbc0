"""The official JavaScript client, in Node.js, against two processes: the script is `session.mjs`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.live.sites import SeparateSite
from tests.node_packages import node_packages

FOLDER = Path(__file__).parent
STEPS = [
    "refused",
    "connected",
    "progress",
    "disconnected",
    "reconnected",
    "caught up",
    "asked",
    "upgraded from polling",
    "closed",
]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """The script, beside the packages that it needs."""
    packages = node_packages(FOLDER / "package.json", tmp_path)
    script = tmp_path / "session.mjs"
    shutil.copy(FOLDER / "session.mjs", script)
    (tmp_path / "node_modules").symlink_to(packages)
    return script


def test_it_works_from_refusal_to_catching_up(separate: SeparateSite, session: Path) -> None:
    environment = {**os.environ, "API": separate.url, "OTHER_API": separate.other_url}

    played = subprocess.run(
        ["node", session.name],
        cwd=session.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )

    assert (played.stdout.splitlines(), played.returncode) == (STEPS, 0), played.stderr
