"""Whether a part of the installation answers."""

from __future__ import annotations

from typing import Protocol


class Pingable(Protocol):
    def ping(self) -> None:
        """Returns if the part answers. Raises core.domain.errors.Unavailable if it does not."""
