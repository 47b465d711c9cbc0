from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO

from bson import ObjectId
from gridfs import GridFSBucket
from gridfs.errors import NoFile

from adapters.mongo.conditions import where
from adapters.mongo.database import Document, MongoDatabase, unavailable_if_away
from adapters.records.conditions import Compare, Equal
from core.domain.errors import NotFound
from core.domain.library.exports import StoredFile

_CHUNK_BYTES = 256 * 1024


class GridFsFileStore:
    """Files in GridFS. The id is the file's name, of which the newest revision counts.

    So a file is replaced in one write, that of the new revision's entry, which follows its content;
    the old ones are cleared away afterwards.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._entries = database.database["files.files"]
        self._chunks = database.database["files.chunks"]
        self._bucket = GridFSBucket(database.database, "files", chunk_size_bytes=_CHUNK_BYTES)
        self._checked_until: ObjectId | None = None

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
        return self._content(revisions[0], start, length)

    def remove(self, file_id: str) -> None:
        with unavailable_if_away():
            self._clear_away(self._revisions(file_id))

    def page(self, after: str, limit: int) -> Sequence[StoredFile]:
        with unavailable_if_away():
            entries = self._entries.find(
                where([Compare("filename", ">", after)]),
                {"filename": True, "uploadDate": True},
                sort=[("filename", 1), ("uploadDate", 1)],
                limit=limit,
            )
            # Of several revisions the newest comes last.
            stored_at = {entry["filename"]: entry["uploadDate"] for entry in entries}
        return [StoredFile(file_id, moment) for file_id, moment in stored_at.items()]

    def remove_unfinished(self, before: datetime, limit: int) -> int:
        """Chunks of which there is no entry: it is written after them and removed before them."""
        with unavailable_if_away():
            revisions = list(self._chunked_revisions(ObjectId.from_datetime(before), limit))
            self._checked_until = revisions[-1] if len(revisions) == limit else None
            found = self._entries.find({"_id": {"$in": revisions}}, {"_id": True})
            known = {entry["_id"] for entry in found}
            unknown = [revision for revision in revisions if revision not in known]
            for revision in unknown:
                self._chunks.delete_many({"files_id": revision})
        return len(unknown)

    def _chunked_revisions(self, end: ObjectId, limit: int) -> Iterator[ObjectId]:
        """The next so many revisions that have chunks and were begun before `end`.

        Each is looked up by itself in the index of chunks, in which the others are skipped.
        """
        last = self._checked_until
        for _ in range(limit):
            bounds: dict[str, Any] = {"$lt": end} if last is None else {"$lt": end, "$gt": last}
            chunk = self._chunks.find_one(
                {"files_id": bounds}, {"files_id": True, "_id": False}, sort=[("files_id", 1), ("n", 1)]
            )
            if chunk is None:
                return
            last = chunk["files_id"]
            yield last

    def _content(self, revision: Document, start: int, length: int) -> Iterator[bytes]:
        """One query for each chunk: a cursor over them would fetch as many as fit into 16 MB."""
        end = min(start + length, revision["length"])
        while start < end:
            number, skipped = divmod(start, revision["chunkSize"])
            part = self._chunk(revision, number)[skipped:][: end - start]
            if not part:
                raise NotFound("file")
            start += len(part)
            yield part

    def _chunk(self, revision: Document, number: int) -> bytes:
        with unavailable_if_away():
            chunk = self._chunks.find_one({"files_id": revision["_id"], "n": number}, {"data": True})
        if chunk is None:  # removed while it is being read
            raise NotFound("file")
        return bytes(chunk["data"])

    def _revisions(self, file_id: str) -> list[Document]:
        """The entries of that name, the newest first."""
        return list(
            self._entries.find(where([Equal("filename", file_id)]), sort=[("uploadDate", -1), ("_id", -1)])
        )

    def _clear_away(self, revisions: list[Document]) -> None:
        for revision in revisions:
            with suppress(NoFile):
                self._bucket.delete(revision["_id"])
