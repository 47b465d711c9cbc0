from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import AlreadyExists, Invalid, VersionConflict
from core.domain.library.sessions import Experience, SessionFilter, SessionStatus
from core.domain.paging import PageRequest
from tests.contract.conftest import Storage
from tests.contract.records import NOON, a_session, an_id
from tests.contract.walking import walk

EVERYTHING = SessionFilter()
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def ids(storage: Storage, wanted: SessionFilter, user_id: str = "ada") -> list[str]:
    return [session.id for session in storage.sessions.page(user_id, wanted, PageRequest(100)).items]


def test_it_works(storage: Storage) -> None:
    session = a_session(experience=Experience.LEAD, tags=("python", "remote"), description="For March")
    storage.sessions.add(session)
    assert storage.sessions.get("ada", session.id) == session

    completed = storage.sessions.save(replace(session, status=SessionStatus.COMPLETED))
    assert completed.version == 2
    assert storage.sessions.get("ada", session.id) == completed

    storage.sessions.remove(session.id)
    storage.sessions.remove(session.id)
    assert storage.sessions.get("ada", session.id) is None


def test_an_id_is_taken_once(storage: Storage) -> None:
    session = a_session()
    storage.sessions.add(session)

    with pytest.raises(AlreadyExists):
        storage.sessions.add(session)


def test_a_stale_session_is_not_saved(storage: Storage) -> None:
    session = a_session()
    storage.sessions.add(session)
    storage.sessions.save(replace(session, role="Architect"))

    with pytest.raises(VersionConflict):
        storage.sessions.save(replace(session, role="Manager"))


def test_a_removed_session_is_not_saved(storage: Storage) -> None:
    session = a_session()
    storage.sessions.add(session)
    storage.sessions.remove(session.id)

    with pytest.raises(VersionConflict):
        storage.sessions.save(session)


def test_somebody_else_does_not_find_it(storage: Storage) -> None:
    session = a_session(user_id="ada")
    storage.sessions.add(session)

    assert storage.sessions.get("grace", session.id) is None
    assert ids(storage, EVERYTHING, "grace") == []


def test_a_deleted_session_is_found_by_the_time_of_its_deletion_only(storage: Storage) -> None:
    kept, early, late = a_session(), a_session(), a_session()
    for session in (kept, early, late):
        storage.sessions.add(session)
    early = storage.sessions.save(early.deleted(NOON))
    late = storage.sessions.save(late.deleted(NOON + timedelta(hours=1)))

    assert storage.sessions.get("ada", early.id) is None
    assert ids(storage, EVERYTHING) == [kept.id]
    assert list(storage.sessions.deleted_before(NOON, 10)) == []
    assert list(storage.sessions.deleted_before(NOON + timedelta(minutes=1), 10)) == [early]
    assert {session.id for session in storage.sessions.deleted_before(NOON + timedelta(days=1), 10)} == {
        early.id,
        late.id,
    }
    assert len(storage.sessions.deleted_before(NOON + timedelta(days=1), 1)) == 1


def test_the_newest_session_comes_first(storage: Storage) -> None:
    sessions = [a_session(id=an_id(number)) for number in (2, 3, 1)]
    for session in sessions:
        storage.sessions.add(session)

    assert ids(storage, EVERYTHING) == [an_id(3), an_id(2), an_id(1)]


def test_the_last_page_has_no_next(storage: Storage) -> None:
    for number in (1, 2):
        storage.sessions.add(a_session(id=an_id(number)))

    first = storage.sessions.page("ada", EVERYTHING, PageRequest(1))
    assert first.next_after == (an_id(2),)
    assert storage.sessions.page("ada", EVERYTHING, PageRequest(1, first.next_after)).next_after is None
    assert storage.sessions.page("ada", EVERYTHING, PageRequest(2)).next_after is None


def test_a_key_of_another_list_is_refused(storage: Storage) -> None:
    with pytest.raises(Invalid):
        storage.sessions.page("ada", EVERYTHING, PageRequest(1, ("1", an_id())))


def test_a_status_and_a_tag_filter_mean_any_of(storage: Storage) -> None:
    planned = a_session(tags=("python",))
    completed = a_session(status=SessionStatus.COMPLETED, tags=("python", "strasse"))
    archived = a_session(status=SessionStatus.ARCHIVED, tags=("go",))
    for session in (planned, completed, archived):
        storage.sessions.add(session)

    assert ids(storage, SessionFilter(statuses=(SessionStatus.COMPLETED,))) == [completed.id]
    assert ids(storage, SessionFilter(statuses=(SessionStatus.COMPLETED, SessionStatus.ARCHIVED))) == [
        archived.id,
        completed.id,
    ]
    assert ids(storage, SessionFilter(tags=("PYTHON",))) == [completed.id, planned.id]
    assert ids(storage, SessionFilter(tags=("go", "rust", "Straße"))) == [archived.id, completed.id]
    assert ids(storage, SessionFilter(statuses=(SessionStatus.PLANNED,), tags=("go",))) == []


@settings(settings.get_profile("contract"))
@given(role=anything, topics=st.lists(anything, max_size=3), tags=st.lists(anything, max_size=3))
def test_any_text_round_trips(storage: Storage, role: str, topics: list[str], tags: list[str]) -> None:
    session = a_session(role=role, topics=tuple(topics), tags=tuple(tags))
    storage.sessions.add(session)

    assert storage.sessions.get("ada", session.id) == session


@settings(settings.get_profile("contract"))
@given(
    numbers=st.lists(st.integers(0, 30), unique=True, max_size=12),
    limit=st.integers(1, 5),
    known=st.integers(0, 12),
)
def test_paging_neither_loses_nor_repeats_while_sessions_are_added(
    storage: Storage, numbers: list[int], limit: int, known: int
) -> None:
    user_id = an_id()
    there = [a_session(id=f"{user_id}{number:03}", user_id=user_id) for number in numbers[:known]]
    coming = [a_session(id=f"{user_id}{number:03}", user_id=user_id) for number in numbers[known:]]
    for session in there:
        storage.sessions.add(session)

    def add_one() -> None:
        if coming:
            storage.sessions.add(coming.pop())

    seen = walk(lambda request: storage.sessions.page(user_id, EVERYTHING, request), limit, add_one)

    seen_ids = [session.id for session in seen]
    assert seen_ids == sorted(set(seen_ids), reverse=True)
    assert {session.id for session in there} <= set(seen_ids)


def test_sessions_are_counted_by_user_without_the_deleted(storage: Storage) -> None:
    deleted = a_session()
    for session in (a_session(), a_session(), a_session(user_id="grace"), deleted):
        storage.sessions.add(session)
    assert storage.sessions.count("ada") == 3

    storage.sessions.save(deleted.deleted(NOON))

    assert storage.sessions.count("ada") == 2
    assert storage.sessions.count("alan") == 0
