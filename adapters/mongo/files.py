from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from gridfs import GridFSBucket, GridOut
from gridfs.errors import CorruptGridFile, NoFile

from adapters.mongo.conditions import where
from adapters.mongo.database import Document, MongoDatabase, unavailable_if_away
from adapters.records.conditions import Equal
from core.domain.errors import NotFound

_CHUNK_BYTES = 256 * 1024


class GridFsFileStore:
    """Files in GridFS. The id is the file's name, of which the newest revision counts.

    So a file is replaced in one write, that of the new revision's entry, which follows its content;
    the old ones are cleared away afterwards.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._entries = database.database["files.files"]
        self._bucket = GridFSBucket(database.database, "files", chunk_size_bytes=_CHUNK_BYTES)

    def put(self, file_id: str, content: BinaryIO) -> int:
        start = content.tell()
        with unavailable_if_away():
            # Only what was there before is outdated: a revision that somebody else adds meanwhile is not.
            outdated = self._revisions(file_id)
            self._bucket.upload_from_stream(file_id, content)
            self._clear_away(outdated)
        return content.tell() - start

    def size_bytes(self, file_id: str) -> int | None:
        with unavailable_if_away():
            revisions = self._revisions(file_id)
        return int(revisions[0]["length"]) if revisions else None

    def read(self, file_id: str, start: int, length: int) -> Iterator[bytes]:
        with unavailable_if_away():
            revisions = self._revisions(file_id)
            if not revisions:
                raise NotFound("file")
            try:
                stream = self._bucket.open_download_stream(revisions[0]["_id"])
            except NoFile:
                raise NotFound("file") from None
        return _chunks(stream, start, length)

    def remove(self, file_id: str) -> None:
        with unavailable_if_away():
            self._clear_away(self._revisions(file_id))

    def _revisions(self, file_id: str) -> list[Document]:
        """The entries of that name, the newest first."""
        return list(
            self._entries.find(where([Equal("filename", file_id)]), sort=[("uploadDate", -1), ("_id", -1)])
        )

    def _clear_away(self, revisions: list[Document]) -> None:
        for revision in revisions:
            with suppress(NoFile):
                self._bucket.delete(revision["_id"])


def _chunks(stream: GridOut, start: int, length: int) -> Iterator[bytes]:
    with unavailable_if_away():
        stream.seek(start)
    while length > 0 and (chunk := _read_chunk(stream)[:length]):
        length -= len(chunk)
        yield chunk


def _read_chunk(stream: GridOut) -> bytes:
    with unavailable_if_away():
        try:
            return stream.readchunk()
        except (CorruptGridFile, NoFile):
            # Removed while it is being read.
            raise NotFound("file") from None
