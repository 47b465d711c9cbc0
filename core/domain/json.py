"""JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JsonObject = Mapping[str, Any]
"""What JSON calls an object: the parameters or the result of a job."""
