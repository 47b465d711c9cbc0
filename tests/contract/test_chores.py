from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.errors import AlreadyExists, VersionConflict
from core.domain.jobs.chores import ChoreState
from tests.contract.conftest import Storage
from tests.contract.racing import at_once
from tests.contract.records import NOON

LIFETIME = timedelta(minutes=2)


def test_it_works(storage: Storage) -> None:
    assert storage.chores.get("sweep") is None
    storage.chores.add(ChoreState("sweep", NOON))

    state = storage.chores.get("sweep")
    assert state == ChoreState("sweep", NOON)
    leased = storage.chores.save(state.leased("worker 1", NOON, LIFETIME))
    assert storage.chores.get("sweep") == leased


def test_a_chore_is_added_once(storage: Storage) -> None:
    storage.chores.add(ChoreState("sweep", NOON))

    with pytest.raises(AlreadyExists):
        storage.chores.add(ChoreState("sweep", NOON))


def test_of_many_processes_one_gets_the_lease(storage: Storage) -> None:
    state = ChoreState("sweep", NOON)
    storage.chores.add(state)

    def take(number: int) -> bool:
        try:
            storage.chores.save(state.leased(f"worker {number}", NOON, LIFETIME))
        except VersionConflict:
            return False
        return True

    assert at_once(8, take).count(True) == 1
