"""Chores: periodic work of the installation, of which one process at a time does each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.leases import Lease, LeaseLost


@dataclass(frozen=True, slots=True)
class ChoreState:
    """When a chore is due next, and which process is doing it now. The id is the chore's name."""

    id: str
    due_at: datetime
    leases: int = 0
    lease: Lease | None = None
    version: int = 1

    def is_due(self, now: datetime) -> bool:
        """Whether a process may do it: its time has come, and nobody living is at it."""
        is_taken = self.lease is not None and now < self.lease.ends_at
        return self.due_at <= now and not is_taken

    def leased(self, owner: str, now: datetime, lifetime: timedelta) -> ChoreState:
        """Raises LeaseLost if it is not due."""
        if not self.is_due(now):
            raise LeaseLost
        number = self.leases + 1
        return replace(self, leases=number, lease=Lease(owner, number, now, now + lifetime))

    def done(self, due_at: datetime) -> ChoreState:
        return replace(self, lease=None, due_at=due_at)
