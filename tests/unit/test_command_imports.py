"""The modules that the commands load: no more than they need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PATCHED_AT_ONCE = """
import entrypoints.cli
from gevent import monkey
monkey.patch_all()
"""

_LIST_JOBS = """
import sys
from entrypoints.cli import main
main(["jobs", "list"], standalone_mode=False)
parts = ("adapters.bank", "adapters.crypto.passwords", "adapters.documents", "bcrypt", "flask")
print("loaded:", [name for name in sys.modules if name.startswith(parts)])
"""


def test_nothing_that_gevent_must_patch_is_loaded_first() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PATCHED_AT_ONCE], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_listing_jobs_loads_no_bank_no_hasher_and_no_documents(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _LIST_JOBS],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""},
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "loaded: []"
