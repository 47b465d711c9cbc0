from __future__ import annotations

import logging
import threading

import pytest

from adapters.system.heartbeat import ThreadHeartbeat

INTERVAL_SECONDS = 0.002
PATIENCE_SECONDS = 5


class Beats:
    """Counts beats, and lets wait for a number of them."""

    def __init__(self, *failures: Exception) -> None:
        self.count = 0
        self._failures = list(failures)
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()
        if self._failures:
            raise self._failures.pop(0)

    def wait_for(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.count >= count, PATIENCE_SECONDS)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "heartbeat"]


def test_it_works() -> None:
    beats = Beats()

    with ThreadHeartbeat().every(INTERVAL_SECONDS, beats):
        assert beats.wait_for(3)


def test_it_ends_with_the_work() -> None:
    beats = Beats()
    with ThreadHeartbeat().every(INTERVAL_SECONDS, beats):
        assert beats.wait_for(1)
    count = beats.count

    assert threads() == []
    assert beats.count == count


def test_it_ends_at_once_however_long_the_interval() -> None:
    beats = Beats()
    with ThreadHeartbeat().every(3600, beats):
        assert threads() == ["heartbeat"]

    assert threads() == []
    assert beats.count == 0


def test_it_ends_also_when_the_work_fails() -> None:
    def work() -> None:
        with ThreadHeartbeat().every(INTERVAL_SECONDS, Beats()):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        work()
    assert threads() == []


def test_a_beat_that_fails_is_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    beats = Beats(RuntimeError("the database is away"))

    with caplog.at_level(logging.ERROR), ThreadHeartbeat().every(INTERVAL_SECONDS, beats):
        assert beats.wait_for(3)
    assert caplog.text.count("heartbeat failed") == 1


def test_several_hearts_beat_side_by_side() -> None:
    one, other = Beats(), Beats()

    with ThreadHeartbeat().every(INTERVAL_SECONDS, one), ThreadHeartbeat().every(INTERVAL_SECONDS, other):
        assert one.wait_for(2)
        assert other.wait_for(2)
