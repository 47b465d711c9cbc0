"""A store of files, by id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol


class FileStore(Protocol):
    """Any method raises core.domain.errors.Unavailable while the store is away."""

    def put(self, file_id: str, content: BinaryIO) -> int:
        """Store all of `content` from its present position, over a file of that id; its size in bytes.

        The file is there whole or not at all, also if the process dies halfway.
        """

    def size_bytes(self, file_id: str) -> int | None:
        """None if there is no such file."""

    def read(self, file_id: str, start: int, length: int) -> Iterator[bytes]:
        """The bytes from `start` on, `length` of them, in chunks of at most 256 KiB.

        Raises core.domain.errors.NotFound before the first chunk if there is no such file.
        """

    def remove(self, file_id: str) -> None:
        """Nothing happens if there is no such file."""
