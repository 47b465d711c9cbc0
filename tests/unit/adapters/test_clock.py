from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.system.clock import SystemClock
from adapters.system.randomness import SystemRandomness


def test_it_works() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)


def test_it_is_in_utc_and_whole_milliseconds() -> None:
    for _ in range(20):
        now = SystemClock().now()
        assert now.utcoffset() == timedelta()
        assert now.microsecond % 1000 == 0


def test_chance_is_different_every_time_and_within_bounds() -> None:
    chance = SystemRandomness()
    fractions = [chance.fraction() for _ in range(100)]
    tokens = {chance.token() for _ in range(100)}

    assert all(0 <= fraction < 1 for fraction in fractions)
    assert len(set(fractions)) == len(tokens) == 100
    assert all(len(token) >= 22 for token in tokens), "128 bits"


def test_digits_are_digits_with_their_leading_zeros() -> None:
    made = [SystemRandomness().digits(6) for _ in range(300)]

    assert all(len(digits) == 6 and digits.isascii() and digits.isdigit() for digits in made)
    assert any(digits.startswith("0") for digits in made)
