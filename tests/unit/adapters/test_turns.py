"""Threads that take turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.sqlite.turns import Turns

LONG_SECONDS = 30.0


@pytest.fixture
def turns() -> Turns:
    return Turns()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_threads_get_their_turn_in_the_order_in_which_they_came(turns: Turns) -> None:
    order: list[int] = []

    def take(number: int) -> None:
        with turns.take(LONG_SECONDS):
            order.append(number)

    with ThreadPoolExecutor(20) as threads, turns.take(0):
        for number in range(20):
            threads.submit(take, number)
            until(lambda number=number: turns.waiting == number + 1)  # type: ignore[misc]

    assert order == list(range(20))


def test_who_comes_back_does_not_overtake_those_who_wait(turns: Turns) -> None:
    order: list[str] = []

    def take() -> None:
        with turns.take(LONG_SECONDS):
            order.append("waited")

    with ThreadPoolExecutor(1) as threads:
        with turns.take(0):
            threads.submit(take)
            until(lambda: turns.waiting == 1)
        with turns.take(LONG_SECONDS):
            order.append("came back")

    assert order == ["waited", "came back"]


def test_one_has_the_turn_at_a_time(turns: Turns) -> None:
    inside: list[int] = []
    most: list[int] = []

    def take(number: int) -> None:
        for _ in range(50):
            with turns.take(LONG_SECONDS):
                inside.append(number)
                time.sleep(0)
                most.append(len(inside))
                inside.remove(number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(take, range(8)))

    assert most == [1] * 400


def test_who_gives_up_does_not_hold_up_those_behind(turns: Turns) -> None:
    def take(patience_seconds: float) -> str:
        with turns.take(patience_seconds):
            return "done"

    with ThreadPoolExecutor(2) as threads:
        with turns.take(0):
            impatient = threads.submit(take, 0.2)
            until(lambda: turns.waiting == 1)
            patient = threads.submit(take, LONG_SECONDS)
            until(lambda: turns.waiting == 2)
            with pytest.raises(TimeoutError):
                impatient.result()
            assert turns.waiting == 1
        assert patient.result() == "done"


def test_a_turn_that_ends_in_an_error_ends(turns: Turns) -> None:
    with pytest.raises(RuntimeError), turns.take(0):
        raise RuntimeError

    with turns.take(0):
        assert turns.waiting == 0


def test_no_turn_is_lost_when_many_give_up(turns: Turns) -> None:
    """Some give up in the very moment in which their turn comes."""
    served = []

    def take(number: int) -> None:
        for _ in range(100):
            try:
                with turns.take(0.0005 * (number % 3)):
                    served.append(number)
                    time.sleep(0.0005)
            except TimeoutError:
                pass

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(take, range(12)))

    assert served
    assert turns.waiting == 0
    with turns.take(0):
        pass
