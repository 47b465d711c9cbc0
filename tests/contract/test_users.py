from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import AlreadyExists, VersionConflict
from core.domain.identity.users import PendingEmail
from core.domain.mail.messages import PasswordChanged
from tests.contract.conftest import Storage
from tests.contract.racing import at_once
from tests.contract.records import NOON, a_user, an_id

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def test_it_works(storage: Storage) -> None:
    user = a_user(full_name="Grace Hopper")
    storage.users.add(user)

    assert storage.users.get(user.id) == user
    assert storage.users.by_email_key(user.email_key) == user

    renamed = storage.users.save(user.renamed("Grace Brewster Hopper", NOON))
    assert renamed.version == 2
    assert storage.users.get(user.id) == renamed


def test_the_time_of_verification_is_kept(storage: Storage) -> None:
    user = a_user()
    storage.users.add(user)

    verified = storage.users.save(user.with_verified_email(NOON))

    assert storage.users.get(user.id) == verified
    assert verified.email_verified_at == NOON


def pending(cause: str, at: datetime) -> PendingEmail:
    return PendingEmail.of(PasswordChanged(at, "203.0.113.7", "Firefox"), cause, at)


def test_users_with_pending_emails_are_found_longest_pending_first(storage: Storage) -> None:
    late = a_user().with_pending(pending("1", NOON + timedelta(minutes=1)))
    early = a_user().with_pending(pending("1", NOON)).with_pending(pending("2", NOON + timedelta(minutes=2)))
    for user in (late, early, a_user()):
        storage.users.add(user)

    assert list(storage.users.with_pending_emails(10)) == [early, late]
    assert list(storage.users.with_pending_emails(1)) == [early]

    storage.users.save(early.without_pending(early.pending_emails))
    assert list(storage.users.with_pending_emails(10)) == [late]


def test_an_unknown_user_is_none(storage: Storage) -> None:
    assert storage.users.get("nobody") is None
    assert storage.users.by_email_key("nobody@example.org") is None


def test_an_id_is_taken_once(storage: Storage) -> None:
    storage.users.add(a_user(id="ada"))

    with pytest.raises(AlreadyExists):
        storage.users.add(a_user(id="ada", email_key="other@example.org"))


def test_an_email_is_taken_once(storage: Storage) -> None:
    storage.users.add(a_user(email_key="ada@example.org"))

    with pytest.raises(AlreadyExists):
        storage.users.add(a_user(email_key="ada@example.org"))


def test_an_email_cannot_be_taken_by_a_change(storage: Storage) -> None:
    storage.users.add(a_user(email_key="ada@example.org"))
    grace = a_user(email_key="grace@example.org")
    storage.users.add(grace)

    with pytest.raises(AlreadyExists):
        storage.users.save(replace(grace, email_key="ada@example.org"))
    assert storage.users.get(grace.id) == grace


def test_of_many_who_take_an_email_at_once_one_gets_it(storage: Storage) -> None:
    def register(number: int) -> bool:
        try:
            storage.users.add(a_user(id=f"user {number}", email_key="ada@example.org"))
        except AlreadyExists:
            return False
        return True

    assert at_once(8, register).count(True) == 1


def test_a_stale_user_is_not_saved(storage: Storage) -> None:
    user = a_user()
    storage.users.add(user)
    storage.users.save(user.renamed("First", NOON))

    with pytest.raises(VersionConflict):
        storage.users.save(user.renamed("Second", NOON))


def test_a_user_who_was_never_added_is_not_saved(storage: Storage) -> None:
    with pytest.raises(VersionConflict):
        storage.users.save(a_user())


def test_of_many_who_save_one_version_at_once_one_does(storage: Storage) -> None:
    user = a_user()
    storage.users.add(user)

    def save_each_version(number: int) -> list[int]:
        saved = []
        for version in range(1, 11):
            try:
                storage.users.save(replace(user, full_name=f"writer {number}", version=version))
            except VersionConflict:
                continue
            saved.append(version)
        return saved

    saved = sorted(version for versions in at_once(6, save_each_version) for version in versions)

    stored = storage.users.get(user.id)
    assert stored is not None
    assert saved == list(range(1, stored.version))


@settings(settings.get_profile("contract"))
@given(name=anything)
def test_any_text_round_trips(storage: Storage, name: str) -> None:
    user = a_user(id=an_id(), full_name=name)
    storage.users.add(user)

    assert storage.users.get(user.id) == user


@pytest.mark.parametrize("value", ["$where", "' OR 1=1 --", '{"$gt": ""}', "%", "a\x00b"])
def test_what_looks_like_a_query_is_compared_as_text(storage: Storage, value: str) -> None:
    storage.users.add(a_user())

    assert storage.users.get(value) is None
    assert storage.users.by_email_key(value) is None


def test_addresses_are_read_in_batches_by_id(storage: Storage) -> None:
    for number in range(5):
        storage.users.add(a_user(id=f"user {number}", email_key=f"{number}@example.org"))

    first = storage.users.addresses(None, 3)
    rest = storage.users.addresses(first[-1].user_id, 3)

    assert [each.user_id for each in (*first, *rest)] == [f"user {number}" for number in range(5)]
    assert [each.email_key for each in rest] == ["3@example.org", "4@example.org"]
    assert storage.users.addresses(rest[-1].user_id, 3) == []
