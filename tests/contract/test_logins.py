from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.errors import AlreadyExists, VersionConflict
from core.domain.identity.logins import LOGIN_LIFETIME
from tests.contract.conftest import Storage
from tests.contract.records import NOON, a_login

AN_HOUR = timedelta(hours=1)


def test_it_works(storage: Storage) -> None:
    login = a_login(expires_at=NOON + LOGIN_LIFETIME)
    storage.logins.add(login)
    assert storage.logins.get(login.id) == login

    rotated = storage.logins.save(login.refreshed(1, NOON + AN_HOUR))
    assert rotated.generation == 2
    assert storage.logins.get(login.id) == rotated


def test_an_unknown_login_is_none(storage: Storage) -> None:
    assert storage.logins.get("none") is None


def test_an_id_is_taken_once(storage: Storage) -> None:
    login = a_login()
    storage.logins.add(login)

    with pytest.raises(AlreadyExists):
        storage.logins.add(login)


def test_one_of_two_who_rotate_a_login_is_refused(storage: Storage) -> None:
    login = a_login()
    storage.logins.add(login)
    storage.logins.save(login.refreshed(1, NOON))

    with pytest.raises(VersionConflict):
        storage.logins.save(login.refreshed(1, NOON))


def test_active_logins_are_the_users_own_neither_ended_nor_expired(storage: Storage) -> None:
    active = [a_login(expires_at=NOON + AN_HOUR), a_login(expires_at=NOON + LOGIN_LIFETIME)]
    expiring_now = a_login(expires_at=NOON)
    ended = a_login(expires_at=NOON + AN_HOUR, ended_at=NOON)
    foreign = a_login(user_id="grace", expires_at=NOON + AN_HOUR)
    for login in (*active, expiring_now, ended, foreign):
        storage.logins.add(login)

    assert list(storage.logins.active_of("ada", NOON)) == active
    assert storage.logins.active_of("nobody", NOON) == []


def test_expired_logins_are_forgotten(storage: Storage) -> None:
    expired = [a_login(expires_at=NOON - AN_HOUR), a_login(expires_at=NOON - 2 * AN_HOUR)]
    kept = a_login(expires_at=NOON)
    for login in (*expired, kept):
        storage.logins.add(login)

    assert storage.logins.remove_expired(NOON) == 2
    assert storage.logins.remove_expired(NOON) == 0
    assert storage.logins.get(expired[0].id) is None
    assert storage.logins.get(kept.id) == kept


def test_several_of_a_user_are_ended_in_one_statement(storage: Storage) -> None:
    logins = [a_login(expires_at=NOON + AN_HOUR) for _ in range(3)]
    foreign = a_login(user_id="grace", expires_at=NOON + AN_HOUR)
    for login in (*logins, foreign):
        storage.logins.add(login)

    ended = storage.logins.end("ada", [logins[0].id, logins[1].id, foreign.id, "none"], NOON)

    assert ended == 2
    assert [login.id for login in storage.logins.active_of("ada", NOON)] == [logins[2].id]
    assert [login.id for login in storage.logins.active_of("grace", NOON)] == [foreign.id]
    first = storage.logins.get(logins[0].id)
    assert first is not None
    assert (first.ended_at, first.version) == (NOON, 2)
    assert storage.logins.end("ada", [logins[0].id], NOON) == 0
