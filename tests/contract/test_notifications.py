from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mongo.database import MongoDatabase
from adapters.mongo.documents import to_document
from adapters.sqlite.database import SqliteDatabase
from core.domain.errors import AlreadyExists
from core.domain.json import JsonObject
from core.domain.live.notifications import MAX_NOTIFICATIONS, Notification, NotificationType
from ports.live import NotificationRepository
from tests.contract.conftest import Storage, mongo_storage, sqlite_storage
from tests.contract.racing import at_once
from tests.contract.records import NOON, a_notification, an_id

LATER = NOON + timedelta(hours=1)

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
json_values = st.none() | st.booleans() | st.integers() | anything | st.lists(anything, max_size=3)


def add(notifications: NotificationRepository, *several: Notification) -> None:
    for notification in several:
        notifications.add(notification)


def kept_ids(notifications: NotificationRepository, user_id: str = "ada") -> list[str]:
    return [notification.id for notification in notifications.newest(user_id, only_unread=False)]


def unread_ids(notifications: NotificationRepository, user_id: str = "ada") -> list[str]:
    return [notification.id for notification in notifications.newest(user_id, only_unread=True)]


def fill(notifications: NotificationRepository, user_id: str = "ada") -> list[Notification]:
    """As many as are kept, the oldest first, with room between their ids."""
    several = [a_notification(id=an_id(10 * n), user_id=user_id) for n in range(1, MAX_NOTIFICATIONS + 1)]
    add(notifications, *several)
    return several


def test_it_works(storage: Storage) -> None:
    old = a_notification(data={"job_id": "job", "session_id": "session"})
    new = a_notification(type=NotificationType.EXPORT_FAILED)
    add(storage.notifications, old, new)
    assert storage.notifications.newest("ada", only_unread=False) == [new, old]
    assert storage.notifications.unread_count("ada") == 2

    assert storage.notifications.mark_read("ada", [old.id], LATER) == 1
    assert storage.notifications.newest("ada", only_unread=True) == [new]
    assert storage.notifications.newest("ada", only_unread=False) == [
        new,
        replace(old, read_at=LATER, version=2),
    ]
    assert storage.notifications.unread_count("ada") == 1

    assert storage.notifications.clear("ada") == 2
    assert storage.notifications.clear("ada") == 0
    assert storage.notifications.newest("ada", only_unread=False) == []


def test_who_has_none_has_none_unread(storage: Storage) -> None:
    assert storage.notifications.newest("ada", only_unread=True) == []
    assert storage.notifications.after("ada", "") == []
    assert storage.notifications.unread_count("ada") == 0
    assert storage.notifications.mark_read("ada", None, NOON) == 0


def test_an_id_is_taken_once(storage: Storage) -> None:
    storage.notifications.add(a_notification(id=an_id(1)))

    with pytest.raises(AlreadyExists):
        storage.notifications.add(a_notification(id=an_id(1), user_id="grace", cause="another"))
    assert kept_ids(storage.notifications, "grace") == []


def test_a_cause_makes_one_notification_for_each_user(storage: Storage) -> None:
    adas, graces = a_notification(cause="job 1"), a_notification(cause="job 1", user_id="grace")
    add(storage.notifications, adas, graces)

    with pytest.raises(AlreadyExists):
        storage.notifications.add(a_notification(cause="job 1"))
    add(storage.notifications, *(a_notification(cause=cause) for cause in ("Job 1", "job 1 ", "job 11")))

    assert kept_ids(storage.notifications)[-1] == adas.id
    assert len(kept_ids(storage.notifications)) == 4
    assert kept_ids(storage.notifications, "grace") == [graces.id]


def test_of_many_that_come_with_one_cause_at_once_one_is_kept(storage: Storage) -> None:
    several = [a_notification(cause="job 1", title=f"writer {number}") for number in range(8)]

    def keep(number: int) -> bool:
        try:
            storage.notifications.add(several[number])
        except AlreadyExists:
            return False
        return True

    kept = at_once(8, keep)

    assert kept.count(True) == 1
    assert storage.notifications.newest("ada", only_unread=False) == [several[kept.index(True)]]


def test_what_comes_after_one_is_listed_oldest_first(storage: Storage) -> None:
    first, second, third = (a_notification(id=an_id(number)) for number in (1, 2, 3))
    add(storage.notifications, third, first, second)

    assert storage.notifications.after("ada", first.id) == [second, third]
    assert storage.notifications.after("ada", third.id) == []
    assert storage.notifications.after("ada", "") == [first, second, third]

    storage.notifications.mark_read("ada", [second.id], NOON)
    read = replace(second, read_at=NOON, version=2)
    assert storage.notifications.after("ada", first.id) == [read, third]


def test_only_those_that_were_unread_count_as_marked(storage: Storage) -> None:
    first, second, third = (a_notification(id=an_id(number)) for number in (1, 2, 3))
    add(storage.notifications, first, second, third)

    assert storage.notifications.mark_read("ada", [], NOON) == 0
    assert storage.notifications.mark_read("ada", [first.id, first.id, "none"], NOON) == 1
    assert storage.notifications.mark_read("ada", {first.id, second.id}, LATER) == 1
    assert unread_ids(storage.notifications) == [third.id]
    assert storage.notifications.mark_read("ada", None, LATER) == 1
    assert storage.notifications.mark_read("ada", None, LATER) == 0
    assert storage.notifications.unread_count("ada") == 0

    read_at = [read.read_at for read in storage.notifications.newest("ada", only_unread=False)]
    assert read_at == [LATER, LATER, NOON]


def test_of_many_who_mark_them_at_once_each_is_counted_once(storage: Storage) -> None:
    add(storage.notifications, *(a_notification() for _ in range(10)))

    assert sum(at_once(8, lambda _: storage.notifications.mark_read("ada", None, NOON))) == 10


def test_somebody_else_neither_sees_nor_marks_nor_clears_them(storage: Storage) -> None:
    notification = a_notification(user_id="ada")
    storage.notifications.add(notification)

    assert storage.notifications.newest("grace", only_unread=False) == []
    assert storage.notifications.after("grace", "") == []
    assert storage.notifications.unread_count("grace") == 0
    assert storage.notifications.mark_read("grace", [notification.id], NOON) == 0
    assert storage.notifications.mark_read("grace", None, NOON) == 0
    assert storage.notifications.clear("grace") == 0
    assert storage.notifications.newest("ada", only_unread=True) == [notification]


def test_one_too_many_pushes_out_the_users_oldest(storage: Storage) -> None:
    graces = a_notification(id=an_id(1), user_id="grace")
    storage.notifications.add(graces)
    oldest, *others = fill(storage.notifications)
    storage.notifications.mark_read("ada", [oldest.id, others[0].id], NOON)
    newest = a_notification(id=an_id(9_999))

    storage.notifications.add(newest)

    assert kept_ids(storage.notifications) == [newest.id, *(kept.id for kept in reversed(others))]
    assert storage.notifications.unread_count("ada") == MAX_NOTIFICATIONS - 1
    assert kept_ids(storage.notifications, "grace") == [graces.id]


def test_one_that_is_refused_pushes_out_none(storage: Storage) -> None:
    several = fill(storage.notifications)

    with pytest.raises(AlreadyExists):
        storage.notifications.add(a_notification(id=an_id(9_999), cause=several[-1].cause))

    assert kept_ids(storage.notifications) == [kept.id for kept in reversed(several)]


def test_many_that_come_at_once_leave_the_newest(storage: Storage) -> None:
    there = fill(storage.notifications)
    coming = [a_notification(id=an_id(5_000 + number)) for number in range(24)]

    at_once(8, lambda number: add(storage.notifications, *coming[number::8]))

    newest = [*there, *coming][-MAX_NOTIFICATIONS:]
    assert kept_ids(storage.notifications) == [kept.id for kept in reversed(newest)]


@pytest.fixture
def full(storage: Storage) -> NotificationRepository:
    """Where Ada has as many as are kept; what examples add then stays for the next one."""
    fill(storage.notifications)
    return storage.notifications


@settings(settings.get_profile("contract"))
@given(numbers=st.lists(st.integers(1, 12 * MAX_NOTIFICATIONS), max_size=6))
def test_the_newest_of_the_old_and_the_new_are_kept(full: NotificationRepository, numbers: list[int]) -> None:
    expected = kept_ids(full)
    for notification_id in map(an_id, numbers):
        if notification_id not in expected:
            full.add(a_notification(id=notification_id, cause=an_id()))
            expected = sorted([*expected, notification_id], reverse=True)[:MAX_NOTIFICATIONS]

        assert kept_ids(full) == expected


@settings(settings.get_profile("contract"))
@given(title=anything, cause=anything, data=st.dictionaries(anything, json_values, max_size=4))
def test_any_text_and_data_round_trip(storage: Storage, title: str, cause: str, data: JsonObject) -> None:
    user_id = an_id()
    notification = a_notification(
        user_id=user_id,
        title=f"{title} 🎉\x00",
        cause=cause,
        data={**data, "$gt": {"a.b": "🎉"}, "big": 2**80},
    )
    storage.notifications.add(notification)
    assert storage.notifications.newest(user_id, only_unread=True) == [notification]

    storage.notifications.mark_read(user_id, None, LATER)
    read = replace(notification, read_at=LATER, version=2)
    assert storage.notifications.newest(user_id, only_unread=False) == [read]


@pytest.mark.parametrize("value", ["$where", "' OR 1=1 --", '{"$gt": ""}', "%", "a\x00b"])
def test_what_looks_like_a_query_is_compared_as_text(storage: Storage, value: str) -> None:
    storage.notifications.add(a_notification())

    assert storage.notifications.newest(value, only_unread=False) == []
    assert storage.notifications.mark_read("ada", [value], NOON) == 0
    assert storage.notifications.clear(value) == 0
    assert storage.notifications.unread_count("ada") == 1


def test_in_sqlite_nobody_ever_sees_one_too_many(sqlite_database: SqliteDatabase) -> None:
    notifications = sqlite_storage(sqlite_database).notifications
    fill(notifications)

    def add_or_count(number: int) -> int:
        if number % 2:
            add(notifications, *(a_notification(id=an_id(5_000 + 10 * number + n)) for n in range(10)))
        return max(len(kept_ids(notifications)) for _ in range(10))

    assert set(at_once(6, add_or_count)) == {MAX_NOTIFICATIONS}


def test_in_mongodb_a_repetition_completes_an_interrupted_trimming(
    mongo_database: MongoDatabase,
) -> None:
    notifications = mongo_storage(mongo_database).notifications
    oldest, *others = fill(notifications)
    last = a_notification(id=an_id(9_999))
    mongo_database.database["notifications"].insert_one({"_id": last.id, **to_document(last, {})})
    assert kept_ids(notifications)[-1] == oldest.id

    with pytest.raises(AlreadyExists):
        notifications.add(replace(last, id=an_id()))

    assert kept_ids(notifications) == [last.id, *(kept.id for kept in reversed(others))]
