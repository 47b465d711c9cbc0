from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.system.ids import UlidIds

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
A_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
IDS = UlidIds()

indexes = st.integers(0, 65_535)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def test_it_works() -> None:
    made = [IDS.new() for _ in range(100)]

    assert all(A_ULID.fullmatch(ulid) for ulid in made)
    assert len(set(made)) == 100


def test_a_derived_id_is_always_the_same() -> None:
    assert IDS.derived("job", at=NOON, index=3) == UlidIds().derived("job", at=NOON, index=3)
    assert A_ULID.fullmatch(IDS.derived("job", at=NOON))


@given(st.text(), moments, indexes, indexes)
def test_derived_ids_of_one_moment_sort_by_their_index(
    seed: str, moment: datetime, one: int, other: int
) -> None:
    first, second = IDS.derived(seed, at=moment, index=one), IDS.derived(seed, at=moment, index=other)

    assert (first < second) == (one < other)
    assert (first == second) == (one == other)


@given(moments, st.timedeltas(timedelta(milliseconds=1), timedelta(days=1000)))
def test_derived_ids_of_an_earlier_moment_sort_first(moment: datetime, later_by: timedelta) -> None:
    later_by -= timedelta(microseconds=later_by.microseconds % 1000)
    first = IDS.derived("job", at=moment, index=65_535)

    assert (first < IDS.derived("job", at=moment + later_by)) == (later_by > timedelta())


@given(st.text(), st.text())
def test_other_seeds_give_other_ids(one: str, other: str) -> None:
    assert (IDS.derived(one, at=NOON) == IDS.derived(other, at=NOON)) == (one == other)


@given(moments)
def test_a_derived_id_carries_its_moment_to_the_millisecond(moment: datetime) -> None:
    crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    milliseconds = 0
    for character in IDS.derived("job", at=moment)[:10]:
        milliseconds = milliseconds * 32 + crockford.index(character)

    assert datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds) == moment


def test_an_index_that_is_too_large_is_refused() -> None:
    with pytest.raises(OverflowError):
        IDS.derived("job", at=NOON, index=65_536)
