"""Limits of jobs: the attempts of one job, and the queued jobs of one user."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobLimits:
    """`max_attempts` is how often a job is attempted before it fails."""

    max_attempts: int = 3
    max_queued_per_user: int = 100
