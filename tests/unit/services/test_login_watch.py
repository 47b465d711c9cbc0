from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.memory.cache import MemoryExpiringCache
from core.domain.identity.logins import LOGIN_LIFETIME, Login
from core.services.identity.active_login_cache import ActiveLoginCache
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock


@pytest.fixture
def watch(stores: Stores, clock: ManualClock) -> ActiveLoginCache:
    return ActiveLoginCache(stores.logins, clock, MemoryExpiringCache(clock))


@pytest.fixture
def login(stores: Stores, clock: ManualClock) -> Login:
    made = Login("login", "ada", "nonce", clock.now(), clock.now() + LOGIN_LIFETIME)
    stores.logins.add(made)
    return made


def test_it_works(watch: ActiveLoginCache, login: Login) -> None:
    assert watch.is_active(login.id, "ada")
    assert watch.is_active(login.id, "ada")


def test_a_login_ended_elsewhere_passes_for_two_seconds_at_most(
    watch: ActiveLoginCache, stores: Stores, clock: ManualClock, login: Login
) -> None:
    watch.is_active(login.id, "ada")
    stores.logins.save(login.ended(clock.now()))

    clock.advance(seconds=1.999)
    assert watch.is_active(login.id, "ada")
    clock.advance(milliseconds=1)
    assert not watch.is_active(login.id, "ada")


def test_asking_again_and_again_does_not_keep_an_ended_login_alive(
    watch: ActiveLoginCache, stores: Stores, clock: ManualClock, login: Login
) -> None:
    watch.is_active(login.id, "ada")
    stores.logins.save(login.ended(clock.now()))

    answers = []
    for _ in range(5):
        clock.advance(seconds=0.5)
        answers.append(watch.is_active(login.id, "ada"))

    assert answers == [True, True, True, False, False]


def test_a_login_that_this_process_has_ended_is_forgotten_at_once(
    watch: ActiveLoginCache, stores: Stores, clock: ManualClock, login: Login
) -> None:
    watch.is_active(login.id, "ada")
    stores.logins.save(login.ended(clock.now()))
    watch.forget(login.id)

    assert not watch.is_active(login.id, "ada")


def test_a_login_that_has_not_been_seen_may_be_forgotten(watch: ActiveLoginCache, login: Login) -> None:
    watch.forget(login.id)
    watch.forget("unknown")

    assert watch.is_active(login.id, "ada")


def test_a_login_is_not_remembered_beyond_its_end(
    watch: ActiveLoginCache, clock: ManualClock, login: Login
) -> None:
    clock.advance(seconds=(LOGIN_LIFETIME - timedelta(seconds=1)).total_seconds())
    assert watch.is_active(login.id, "ada")

    clock.advance(seconds=1)
    assert not watch.is_active(login.id, "ada")


def test_an_unknown_login_and_somebody_elses_are_not_active(watch: ActiveLoginCache, login: Login) -> None:
    assert not watch.is_active("unknown", "ada")
    assert not watch.is_active(login.id, "grace")


def test_what_is_remembered_is_bounded(stores: Stores, clock: ManualClock, login: Login) -> None:
    """The login that was not asked for longest is asked of the store again."""
    watch = ActiveLoginCache(stores.logins, clock, MemoryExpiringCache(clock, max_entries=2))
    others = [Login(name, "ada", "nonce", clock.now(), login.expires_at) for name in ("two", "three")]
    watch.is_active(login.id, "ada")
    for other in others:
        stores.logins.add(other)
        watch.is_active(other.id, "ada")
    for ended in (login, *others):
        stores.logins.save(ended.ended(clock.now()))

    assert not watch.is_active(login.id, "ada")
    assert watch.is_active("two", "ada")
    assert watch.is_active("three", "ada")
