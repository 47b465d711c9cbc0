from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import AlreadyExists, Invalid, VersionConflict
from core.domain.library.exports import Export, ExportFormat, ExportOptions
from core.domain.paging import PageRequest
from tests.contract.conftest import Storage
from tests.contract.raw import RawDocuments
from tests.contract.records import NOON, an_export, an_id
from tests.contract.walking import walk

A_SECOND = timedelta(seconds=1)

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def add(storage: Storage, *exports: Export) -> None:
    for export in exports:
        storage.exports.add(export)


def test_it_works(storage: Storage) -> None:
    export = an_export(
        format=ExportFormat.CSV, options=ExportOptions(include_answers=False, include_notes=True)
    )
    storage.exports.add(export)
    assert storage.exports.get("ada", export.id) == export

    downloaded = storage.exports.save(export.downloaded(NOON))
    assert downloaded.version == 2
    assert storage.exports.get("ada", export.id) == downloaded

    assert storage.exports.remove("ada", export.id) is True
    assert storage.exports.remove("ada", export.id) is False
    assert storage.exports.get("ada", export.id) is None


def test_an_unknown_export_is_none(storage: Storage) -> None:
    assert storage.exports.get("ada", "none") is None


def test_an_id_is_taken_once(storage: Storage) -> None:
    export = an_export()
    storage.exports.add(export)

    with pytest.raises(AlreadyExists):
        storage.exports.add(replace(export, user_id="grace"))
    assert storage.exports.get("ada", export.id) == export


def test_a_stale_export_is_not_saved(storage: Storage) -> None:
    export = an_export()
    storage.exports.add(export)
    downloaded = storage.exports.save(export.downloaded(NOON))

    with pytest.raises(VersionConflict):
        storage.exports.save(export.purged())
    assert storage.exports.get("ada", export.id) == downloaded


def test_a_removed_export_is_not_saved(storage: Storage) -> None:
    export = an_export()
    storage.exports.add(export)
    storage.exports.remove("ada", export.id)

    with pytest.raises(VersionConflict):
        storage.exports.save(export.downloaded(NOON))


def test_somebody_else_neither_finds_nor_removes_it(storage: Storage) -> None:
    export = an_export(user_id="ada")
    storage.exports.add(export)

    assert storage.exports.get("grace", export.id) is None
    assert storage.exports.page("grace", PageRequest()).items == ()
    assert storage.exports.remove("grace", export.id) is False
    assert storage.exports.get("ada", export.id) == export


def test_the_newest_export_comes_first(storage: Storage) -> None:
    new, old = an_export(id=an_id(2)), an_export(id=an_id(1))
    add(storage, new, old)

    assert storage.exports.page("ada", PageRequest()).items == (new, old)
    first = storage.exports.page("ada", PageRequest(1))
    assert first.next_after == (new.id,)
    last = storage.exports.page("ada", PageRequest(1, first.next_after))
    assert last.items == (old,)
    assert last.next_after is None


def test_a_key_of_another_list_is_refused(storage: Storage) -> None:
    with pytest.raises(Invalid):
        storage.exports.page("ada", PageRequest(1, ("1", an_id())))


def test_expired_are_those_whose_time_is_up_and_file_is_there(storage: Storage) -> None:
    expiring_now = an_export(expires_at=NOON)
    long_expired = an_export(user_id="grace", expires_at=NOON - timedelta(days=1))
    not_yet = an_export(expires_at=NOON + A_SECOND)
    without_file = an_export(expires_at=NOON, file_id=None)
    add(storage, expiring_now, long_expired, not_yet, without_file)

    expired = storage.exports.expired(NOON, 10)

    assert sorted(export.id for export in expired) == [expiring_now.id, long_expired.id]
    assert not any(export.is_available(NOON) for export in expired)
    assert len(storage.exports.expired(NOON, 1)) == 1
    assert list(storage.exports.expired(NOON - timedelta(days=2), 10)) == []


def test_an_export_whose_file_is_purged_has_expired_for_good(storage: Storage) -> None:
    export = an_export(expires_at=NOON)
    storage.exports.add(export)

    purged = storage.exports.save(export.purged())

    assert list(storage.exports.expired(NOON, 10)) == []
    assert storage.exports.get("ada", export.id) == purged


def test_an_unfinished_export_is_found_only_as_such(storage: Storage) -> None:
    export = an_export(file_id=None, pending_since=NOON)
    storage.exports.add(export)

    assert storage.exports.get("ada", export.id) is None
    assert storage.exports.page("ada", PageRequest()).items == ()
    assert storage.exports.pending("ada", export.id) == export
    assert storage.exports.pending("grace", export.id) is None

    completed = storage.exports.save(export.completed(export.id, 4096))
    assert storage.exports.get("ada", export.id) == completed
    assert storage.exports.page("ada", PageRequest()).items == (completed,)
    assert storage.exports.pending("ada", export.id) is None


def test_those_that_are_unfinished_for_long_come_oldest_first(storage: Storage) -> None:
    old = an_export(user_id="grace", file_id=None, pending_since=NOON - A_SECOND)
    oldest = an_export(file_id=None, pending_since=NOON - timedelta(days=1))
    young = an_export(file_id=None, pending_since=NOON)
    add(storage, old, oldest, young, an_export())

    assert storage.exports.pending_before(NOON, 10) == [oldest, old]
    assert storage.exports.pending_before(NOON, 1) == [oldest]


def test_finished_unfinished_and_unreadable_exports_own_their_file(
    storage: Storage, raw: RawDocuments
) -> None:
    finished, purged = an_export(), an_export(file_id=None)
    unfinished, unreadable = an_export(file_id=None, pending_since=NOON), an_export()
    add(storage, finished, purged, unfinished, unreadable)
    raw.unset("exports", unreadable.id, "file_id")
    raw.unset("exports", unreadable.id, "format")
    ids = [finished.id, purged.id, unfinished.id, unreadable.id, "unknown"]

    assert storage.exports.owned(ids) == {finished.id, unfinished.id, unreadable.id}
    assert storage.exports.owned(["unknown"]) == set()


@settings(settings.get_profile("contract"))
@given(file_name=anything)
def test_any_text_round_trips(storage: Storage, file_name: str) -> None:
    export = an_export(file_name=f"{file_name} 👩🏽‍💻.pdf")
    storage.exports.add(export)

    assert storage.exports.get("ada", export.id) == export


@settings(settings.get_profile("contract"))
@given(order=st.permutations(range(8)), limit=st.integers(1, 4), known=st.integers(0, 8))
def test_paging_neither_loses_nor_repeats_while_exports_are_added(
    storage: Storage, order: list[int], limit: int, known: int
) -> None:
    user_id = an_id()
    exports = [an_export(id=f"{user_id}{number:03}", user_id=user_id) for number in order]
    there, coming = exports[:known], exports[known:]
    add(storage, *there)

    def add_one() -> None:
        if coming:
            storage.exports.add(coming.pop())

    seen = walk(lambda request: storage.exports.page(user_id, request), limit, add_one)

    seen_ids = [export.id for export in seen]
    assert seen_ids == sorted(set(seen_ids), reverse=True)
    assert {export.id for export in there} <= set(seen_ids)


def test_exports_are_counted_while_their_file_can_be_downloaded(storage: Storage) -> None:
    fresh, ending, purged = an_export(), an_export(expires_at=NOON + A_SECOND), an_export()
    add(storage, fresh, ending, purged, an_export(user_id="grace"))
    storage.exports.save(purged.purged())

    assert storage.exports.stored_count("ada", NOON) == 2
    assert storage.exports.stored_count("ada", NOON + A_SECOND) == 1
    assert storage.exports.stored_count("alan", NOON) == 0
