from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.documents.columns import column_widths


def test_it_works():
    assert column_widths([10, 20], [300, 20], 100) == [80, 20]


def test_columns_that_fit_have_their_natural_width():
    assert column_widths([10, 10], [30, 40], 100) == [30, 40]


def test_only_the_widest_words_are_parted():
    assert column_widths([20, 500, 30], [20, 500, 90], 100) == [20, 50, 30]


@given(st.lists(st.tuples(st.floats(1, 500), st.floats(0, 5_000)), min_size=1, max_size=12))
def test_they_never_take_more_than_there_is(wishes):
    least = [wish for wish, _ in wishes]
    natural = [wish + more for wish, more in wishes]

    widths = column_widths(least, natural, 400)

    assert sum(widths) <= 400 + 1e-6
    assert all(0 < width <= most + 1e-6 for width, most in zip(widths, natural, strict=True))
