"""The official JavaScript client, in Node.js, against two processes: the script is `session.mjs`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.live.sites import SeparateSite

FOLDER = Path(__file__).parent
CACHE = Path.home() / ".cache" / "interview-prep-tests"
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
    """The script, beside the packages that it needs. These are fetched once for each version of them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node.js with npm (in Debian: nodejs, npm)")
    wanted = (FOLDER / "package.json").read_text()
    installed = CACHE / "package.json"
    if not installed.is_file() or installed.read_text() != wanted:
        CACHE.mkdir(parents=True, exist_ok=True)
        (tmp_path / "package.json").write_text(wanted)
        options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        fetched = subprocess.run(
            ["npm", "install", *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        if fetched.returncode:
            pytest.skip(f"npm could not fetch socket.io-client: {fetched.stderr[-300:]}")
        shutil.rmtree(CACHE / "node_modules", ignore_errors=True)
        shutil.move(tmp_path / "node_modules", CACHE / "node_modules")
        installed.write_text(wanted)
    script = tmp_path / "session.mjs"
    shutil.copy(FOLDER / "session.mjs", script)
    (tmp_path / "node_modules").symlink_to(CACHE / "node_modules")
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
