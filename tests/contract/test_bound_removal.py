"""Removing a record only in the version that its user has read (`If-Match` on DELETE)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from core.domain.errors import VersionConflict
from tests.contract.conftest import Storage
from tests.contract.racing import at_once
from tests.contract.records import a_question, an_export


@dataclass(frozen=True)
class Removable:
    """A stored record of Ada's, in its first version, and its repository."""

    records: Any
    record: Any
    changed: Any

    def remove(self, version: int | None = None, user_id: str = "ada") -> bool:
        removed: bool = self.records.remove(user_id, self.record.id, version)
        return removed

    @property
    def stored(self) -> object:
        return self.records.get("ada", self.record.id)


@pytest.fixture(params=["question", "export"])
def there(request: pytest.FixtureRequest, storage: Storage) -> Removable:
    if request.param == "question":
        question = a_question()
        storage.questions.add(question)
        return Removable(storage.questions, question, replace(question, text="Why?"))
    export = an_export()
    storage.exports.add(export)
    return Removable(storage.exports, export, replace(export, downloads=1))


def test_the_version_that_was_read_is_removed(there: Removable) -> None:
    assert there.remove(version=1) is True
    assert there.stored is None
    assert there.remove(version=1) is False


def test_a_later_version_stays(there: Removable) -> None:
    saved = there.records.save(there.changed)

    assert there.remove(version=1) is False
    assert there.stored == saved
    assert there.remove(version=2) is True


def test_without_a_version_any_is_removed(there: Removable) -> None:
    there.records.save(there.changed)

    assert there.remove() is True


def test_somebody_else_removes_no_version(there: Removable) -> None:
    assert there.remove(version=1, user_id="grace") is False
    assert there.stored == there.record


def test_of_a_change_and_a_removal_at_once_one_wins(there: Removable) -> None:
    def act(number: int) -> bool:
        if number % 2:
            return there.remove(version=1)
        try:
            there.records.save(there.changed)
        except VersionConflict:
            return False
        return True

    outcomes = at_once(4, act)

    assert outcomes.count(True) == 1
    assert (there.stored is None) is any(outcomes[1::2])
