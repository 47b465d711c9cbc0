"""What the command line loads before it knows the command."""

from __future__ import annotations

import subprocess
import sys

_PATCHED_AT_ONCE = """
import entrypoints.cli
from gevent import monkey
monkey.patch_all()
"""


def test_nothing_that_gevent_must_patch_is_loaded_first() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PATCHED_AT_ONCE], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (0, "")
