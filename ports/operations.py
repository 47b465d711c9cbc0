"""Health checks of the parts of an installation."""

from __future__ import annotations

from typing import Protocol


class Pingable(Protocol):
    def ping(self) -> None:
        """Raises core.domain.errors.Unavailable if the part does not answer."""
