"""Limits on the size of the library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryLimits:
    max_sessions_per_user: int = 1_000
    max_questions_per_session: int = 1_000
    max_stored_exports_per_user: int = 100
    max_export_bytes: int = 10 * 1024 * 1024


DEFAULT_LIMITS = LibraryLimits()
