"""Removal of files that nobody owns: what crashes leave behind in the file store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.errors import VersionConflict
from ports.library import ExportRepository, FileStore
from ports.system import Clock

_MIN_AGE = timedelta(days=1)
"""Whatever is younger may still be in the making: no file takes so long to be stored."""
_LIMIT = 500


class FileCleanup:
    """Looks at so many files at a time, and goes on where it stopped; at the end it begins anew.

    Two processes may do this at once: each step may be done twice.
    """

    def __init__(self, exports: ExportRepository, files: FileStore, clock: Clock) -> None:
        self._exports = exports
        self._files = files
        self._clock = clock
        self._after = ""

    def sweep(self, limit: int = _LIMIT) -> int:
        """How many files and unfinished exports were removed."""
        before = self._clock.now() - _MIN_AGE
        return (
            self._remove_unfinished_exports(before, limit)
            + self._remove_ownerless_files(before, limit)
            + self._files.remove_unfinished(before, limit)
        )

    def _remove_unfinished_exports(self, before: datetime, limit: int) -> int:
        """The file before the record: if this process dies in between, the record is found again."""
        removed = 0
        for export in self._exports.pending_before(before, limit):
            try:
                # An attempt that is about to finish it, after all, is either faster or refused.
                self._exports.save(replace(export, pending_since=self._clock.now()))
            except VersionConflict:
                continue
            self._files.remove(export.id)
            self._exports.remove(export.user_id, export.id)
            removed += 1
        return removed

    def _remove_ownerless_files(self, before: datetime, limit: int) -> int:
        files = self._files.page(self._after, limit)
        self._after = files[-1].id if len(files) == limit else ""
        old = [file.id for file in files if file.stored_at < before]
        owned = self._exports.owned(old) if old else frozenset()
        ownerless = [file_id for file_id in old if file_id not in owned]
        for file_id in ownerless:
            self._files.remove(file_id)
        return len(ownerless)
