"""Leases: the right of one worker to work on something for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class LeaseLost(Exception):
    """The job belongs to another worker by now, or has ended: the present attempt must stop."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one worker to work on something until `ends_at`; no two leases of it bear one number."""

    owner: str
    number: int
    began_at: datetime
    ends_at: datetime
