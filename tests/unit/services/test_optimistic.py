from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from core.domain.errors import NotFound, PreconditionFailed, Unavailable, VersionConflict
from core.services.saving import save_with_retry
from entrypoints.wiring.application import Application
from tests.building import signed_up
from tests.contract.racing import at_once


@dataclass(frozen=True, slots=True)
class Counter:
    count: int = 0
    version: int = 1


class Shelf:
    """A store of one counter, of which others are faster for the given number of times."""

    def __init__(self, *, rivals: int = 0) -> None:
        self.counter = Counter()
        self.writes = 0
        self._rivals = rivals

    def load(self) -> Counter:
        return self.counter

    def save(self, changed: Counter) -> Counter:
        if self._rivals:
            self._rivals -= 1
            self.counter = Counter(self.counter.count + 10, self.counter.version + 1)
        if changed.version != self.counter.version:
            raise VersionConflict
        self.writes += 1
        self.counter = replace(changed, version=changed.version + 1)
        return self.counter


def one_more(counter: Counter) -> Counter:
    return replace(counter, count=counter.count + 1)


def test_it_works() -> None:
    shelf = Shelf()

    assert save_with_retry(shelf.load, one_more, shelf.save) == shelf.counter == Counter(1, version=2)


def test_a_change_by_somebody_faster_is_not_lost() -> None:
    shelf = Shelf(rivals=2)

    assert save_with_retry(shelf.load, one_more, shelf.save).count == 21
    assert shelf.writes == 1


def test_nothing_is_written_where_nothing_changes() -> None:
    shelf = Shelf()

    assert save_with_retry(shelf.load, lambda counter: counter, shelf.save) is shelf.counter
    assert shelf.writes == 0


def test_the_expected_version_is_changed() -> None:
    shelf = Shelf()

    assert save_with_retry(shelf.load, one_more, shelf.save, expected_version=1).count == 1


@pytest.mark.parametrize("expected", [0, 2])
def test_another_version_than_the_expected_one_is_not_touched(expected: int) -> None:
    shelf = Shelf()

    with pytest.raises(PreconditionFailed):
        save_with_retry(shelf.load, one_more, shelf.save, expected_version=expected)
    assert shelf.counter == Counter()


def test_an_expected_version_that_has_changed_is_not_overwritten() -> None:
    shelf = Shelf(rivals=1)

    with pytest.raises(PreconditionFailed):
        save_with_retry(shelf.load, one_more, shelf.save, expected_version=1)
    assert shelf.counter.count == 10


def test_what_loading_and_changing_raise_passes_through() -> None:
    def nothing_there() -> Counter:
        raise NotFound("file")

    with pytest.raises(NotFound):
        save_with_retry(nothing_there, one_more, Shelf().save)


def test_it_gives_up_when_others_are_always_faster() -> None:
    with pytest.raises(Unavailable):
        save_with_retry(Shelf(rivals=1_000).load, one_more, Shelf(rivals=1_000).save)


def test_of_many_changes_at_once_none_is_lost(application: Application) -> None:
    ada = signed_up(application).user
    names = [f"Ada {number}" for number in range(8)]

    at_once(8, lambda number: application.identity.accounts.change_profile(ada.id, full_name=names[number]))

    assert application.identity.accounts.profile(ada.id).version == ada.version + 8
    assert application.identity.accounts.profile(ada.id).full_name in names
