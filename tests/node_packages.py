"""Packages of Node.js for tests, with the versions that a package.json names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CACHE = Path.home() / ".cache" / "interview-prep-tests"
_OPTIONS = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]


def node_packages(manifest: Path, tmp_path: Path) -> Path:
    """The folder `node_modules` of that package.json.

    The packages are fetched once for each version of the file. Skips the test where npm is not installed or
    cannot fetch them.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node.js with npm (in Debian: nodejs, npm)")
    wanted = manifest.read_text()
    cache = CACHE / manifest.parent.name
    installed = cache / "package.json"
    if not installed.is_file() or installed.read_text() != wanted:
        cache.mkdir(parents=True, exist_ok=True)
        fetching = tmp_path / "fetching"
        fetching.mkdir()
        (fetching / "package.json").write_text(wanted)
        fetched = subprocess.run(
            ["npm", "install", *_OPTIONS],
            cwd=fetching,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        if fetched.returncode:
            pytest.skip(f"npm could not fetch the packages of {manifest}: {fetched.stderr[-300:]}")
        shutil.rmtree(cache / "node_modules", ignore_errors=True)
        shutil.move(fetching / "node_modules", cache / "node_modules")
        installed.write_text(wanted)
    return cache / "node_modules"
