from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from heapq import nsmallest
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from core.domain.errors import NotFound, Unavailable
from core.domain.library.exports import StoredFile

_CHUNK_BYTES = 256 * 1024
_UNFINISHED = "."
"""Keeps unfinished files apart from ids, which do not begin so."""
_FILE_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")


class FolderFileStore:
    """One file per id, in one folder, which is made if it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file_id: str, content: BinaryIO) -> int:
        target = self._path(file_id)
        with _unavailable_if_away():
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, unfinished = mkstemp(dir=self._folder, prefix=f"{_UNFINISHED}{file_id}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                size_bytes = _copy(content, file)
            with _unavailable_if_away():
                os.replace(unfinished, target)
                self._keep_names()
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(unfinished)
            raise
        return size_bytes

    def size_bytes(self, file_id: str) -> int | None:
        with _unavailable_if_away():
            try:
                return self._path(file_id).stat().st_size
            except FileNotFoundError:
                return None

    def read(self, file_id: str, start: int, length: int) -> Iterator[bytes]:
        with _unavailable_if_away():
            try:
                file = self._path(file_id).open("rb")
            except FileNotFoundError:
                raise NotFound("file") from None
        return _chunks(file, start, length)

    def remove(self, file_id: str) -> None:
        with _unavailable_if_away(), suppress(FileNotFoundError):
            self._path(file_id).unlink()

    def page(self, after: str, limit: int) -> Sequence[StoredFile]:
        with _unavailable_if_away():
            names = (name for name in self._names() if _FILE_ID.fullmatch(name) and name > after)
            files = [(name, self._written_at(name)) for name in nsmallest(limit, names)]
        return [StoredFile(name, written_at) for name, written_at in files if written_at is not None]

    def remove_unfinished(self, before: datetime, limit: int) -> int:
        removed = 0
        with _unavailable_if_away():
            for name in self._names():
                if removed == limit:
                    break
                written_at = self._written_at(name) if name.startswith(_UNFINISHED) else None
                if written_at is not None and written_at < before:
                    (self._folder / name).unlink(missing_ok=True)
                    removed += 1
        return removed

    def _names(self) -> Iterator[str]:
        """Of all that is in the folder, in any order."""
        with suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            for entry in entries:
                yield entry.name

    def _written_at(self, name: str) -> datetime | None:
        """None if it was removed in the meantime."""
        try:
            return datetime.fromtimestamp((self._folder / name).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def _path(self, file_id: str) -> Path:
        if not _FILE_ID.fullmatch(file_id):
            raise ValueError(f"not the id of a file: {file_id!r}")
        return self._folder / file_id

    def _keep_names(self) -> None:
        """Without this, the new name may be lost in a power cut although the content is not."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _copy(content: BinaryIO, file: BinaryIO) -> int:
    size_bytes = 0
    while chunk := content.read(_CHUNK_BYTES):
        with _unavailable_if_away():
            size_bytes += file.write(chunk)
    with _unavailable_if_away():
        file.flush()
        os.fsync(file.fileno())
    return size_bytes


def _chunks(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while length > 0 and (chunk := file.read(min(length, _CHUNK_BYTES))):
            length -= len(chunk)
            yield chunk


@contextmanager
def _unavailable_if_away() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable("The file store is unavailable.") from error
