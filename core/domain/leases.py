"""Leases: the right of one worker to work on a record for a limited time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class LeaseLost(Exception):
    """The record belongs to another worker now, or its work has ended. The current attempt must stop."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one worker to work on a record until `ends_at`. `number` is unique among its leases."""

    owner: str
    number: int
    began_at: datetime
    ends_at: datetime
