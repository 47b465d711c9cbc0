from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from adapters.files.folder import FolderFileStore
from core.domain.errors import NotFound, Unavailable
from ports.library import FileStore
from tests.contract.racing import at_once
from tests.contract.records import an_id

CHUNK_BYTES = 256 * 1024


class Broken(BytesIO):
    """Content that ends in an error after some of it has been read."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > CHUNK_BYTES:
            raise RuntimeError("cancelled")
        return super().read(size)


def whole(files: FileStore, file_id: str) -> bytes:
    size_bytes = files.size_bytes(file_id)
    assert size_bytes is not None
    return b"".join(files.read(file_id, 0, size_bytes))


def test_it_works(files: FileStore) -> None:
    file_id, content = an_id(), os.urandom(3 * CHUNK_BYTES + 1)

    assert files.put(file_id, BytesIO(content)) == len(content)
    assert files.size_bytes(file_id) == len(content)
    assert whole(files, file_id) == content

    files.remove(file_id)
    files.remove(file_id)
    assert files.size_bytes(file_id) is None


def test_an_empty_file_is_a_file(files: FileStore) -> None:
    assert files.put("empty", BytesIO()) == 0
    assert files.size_bytes("empty") == 0
    assert whole(files, "empty") == b""


def test_content_is_taken_from_its_present_position(files: FileStore) -> None:
    content = BytesIO(b"head and body")
    content.seek(5)

    assert files.put("file", content) == 8
    assert whole(files, "file") == b"and body"


@pytest.mark.parametrize(
    ("start", "length"),
    [
        (0, 1),
        (CHUNK_BYTES - 1, 2),
        (CHUNK_BYTES, CHUNK_BYTES),
        (100, 2 * CHUNK_BYTES),
        (3 * CHUNK_BYTES, 1_000),
        (3 * CHUNK_BYTES + 9, 1_000),
        (4 * CHUNK_BYTES, 10),
        (5, 0),
    ],
)
def test_a_range_is_read_in_chunks(files: FileStore, start: int, length: int) -> None:
    content = os.urandom(3 * CHUNK_BYTES + 10)
    files.put("file", BytesIO(content))

    chunks = list(files.read("file", start, length))

    assert b"".join(chunks) == content[start : start + length]
    assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)


def test_an_unknown_file_is_not_found_before_the_first_chunk(files: FileStore) -> None:
    assert files.size_bytes("none") is None
    with pytest.raises(NotFound):
        files.read("none", 0, 1)


def test_a_file_is_replaced_as_a_whole(files: FileStore) -> None:
    files.put("file", BytesIO(b"a long old content"))
    assert files.put("file", BytesIO(b"new")) == 3

    assert whole(files, "file") == b"new"
    files.remove("file")
    assert files.size_bytes("file") is None


def test_a_file_whose_content_breaks_off_is_not_there(files: FileStore) -> None:
    with pytest.raises(RuntimeError):
        files.put("file", Broken(bytes(3 * CHUNK_BYTES)))

    assert files.size_bytes("file") is None


def test_a_replacement_that_breaks_off_leaves_the_old_file(files: FileStore) -> None:
    files.put("file", BytesIO(b"old"))
    with pytest.raises(RuntimeError):
        files.put("file", Broken(bytes(3 * CHUNK_BYTES)))

    assert whole(files, "file") == b"old"


def test_of_many_who_put_a_file_at_once_one_has_the_last_word(files: FileStore) -> None:
    contents = [bytes([number]) * (CHUNK_BYTES + number) for number in range(6)]

    at_once(6, lambda number: files.put("file", BytesIO(contents[number])))

    assert whole(files, "file") in contents
    files.remove("file")
    assert files.size_bytes("file") is None


def test_a_broken_put_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        FolderFileStore(tmp_path).put("file", Broken(bytes(3 * CHUNK_BYTES)))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.real_mongodb
def test_files_are_listed_by_id_page_by_page(files: FileStore) -> None:
    for file_id in ("c", "a", "b"):
        files.put(file_id, BytesIO(b"content"))
    files.put("a", BytesIO(b"new content"))

    first, last = files.page("", 2), files.page("b", 2)

    assert [file.id for file in first] == ["a", "b"]
    assert [file.id for file in last] == ["c"]
    assert list(files.page("c", 2)) == []
    assert all(abs(datetime.now(UTC) - file.stored_at) < timedelta(hours=1) for file in (*first, *last))


def test_without_files_there_is_nothing_to_list_and_to_remove(files: FileStore) -> None:
    assert list(files.page("", 10)) == []
    assert files.remove_unfinished(datetime.now(UTC), 10) == 0


def test_a_file_that_is_being_put_is_neither_listed_nor_removed(files: FileStore) -> None:
    seen: list[object] = []
    removed: list[int] = []

    class Watching(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            seen.extend(files.page("", 10))
            removed.append(files.remove_unfinished(hour_ago, 10))
            return super().read(size)

    files.put("file", Watching(bytes(3 * CHUNK_BYTES)))

    assert seen == []
    assert set(removed) == {0}
    assert whole(files, "file") == bytes(3 * CHUNK_BYTES)


def test_what_a_dead_process_was_writing_is_removed_once_it_is_old(tmp_path: Path) -> None:
    store = FolderFileStore(tmp_path)
    store.put("file", BytesIO(b"content"))
    now = datetime.now(UTC)
    for number, name in enumerate([".a.x1", ".b.x2", ".c.x3", "file"]):
        (tmp_path / name).touch()
        moment = (now - timedelta(days=number + 1)).timestamp()
        os.utime(tmp_path / name, (moment, moment))

    assert store.remove_unfinished(now - timedelta(days=1, hours=12), 1) == 1
    assert store.remove_unfinished(now - timedelta(days=1, hours=12), 10) == 1
    assert store.remove_unfinished(now - timedelta(days=1, hours=12), 10) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.x1", "file"]


@pytest.mark.parametrize("file_id", ["", "..", "../secret", "/etc/passwd", "a/b", ".hidden", "a\x00"])
def test_an_id_never_leads_out_of_the_folder(tmp_path: Path, file_id: str) -> None:
    with pytest.raises(ValueError, match="not the id of a file"):
        FolderFileStore(tmp_path / "files").put(file_id, BytesIO(b"content"))


def test_a_folder_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    store = FolderFileStore(tmp_path / "file" / "folder")

    with pytest.raises(Unavailable):
        store.put("file", BytesIO(b"content"))
    with pytest.raises(Unavailable):
        store.size_bytes("file")
