"""Many writers on one SQLite file, in one process and in two."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest

from adapters.sqlite.database import SqliteDatabase
from core.domain.errors import Unavailable
from tests.contract.conftest import sqlite_storage
from tests.contract.racing import at_once
from tests.contract.records import a_question, a_user

WRITERS = 8


def write_repeatedly(path: Path, emails: list[str]) -> float:
    """Add a user with each of the addresses; how many seconds the longest wait took."""
    database = SqliteDatabase(path)
    users = sqlite_storage(database).users
    longest = 0.0
    for email in emails:
        began_at = time.monotonic()
        users.add(a_user(id=email, email=email, email_key=email))
        longest = max(longest, time.monotonic() - began_at)
        time.sleep(0.01)  # others take the lock
    database.close()
    return longest


@contextmanager
def busy_writers(write: Callable[[int], None]) -> Iterator[Counter[int]]:
    """Writers, by number, that never pause, and how often each has written."""
    written: Counter[int] = Counter()
    ended = threading.Event()

    def keep_writing(number: int) -> None:
        while not ended.is_set():
            write(number)
            written[number] += 1

    with ThreadPoolExecutor(WRITERS) as threads:
        writing = [threads.submit(keep_writing, number) for number in range(WRITERS)]
        try:
            yield written
        finally:
            ended.set()
        for each in writing:
            each.result()


def test_every_writer_gets_as_many_turns_as_the_others(sqlite_database: SqliteDatabase) -> None:
    users = sqlite_storage(sqlite_database).users
    with busy_writers(lambda _: users.add(a_user())) as written:
        while len(written) < WRITERS:
            time.sleep(0.001)
        before = Counter(written)
        while written.total() - before.total() < 100 * WRITERS:
            time.sleep(0.001)
        turns = [written[number] - before[number] for number in range(WRITERS)]

    assert min(turns) > max(turns) / 2, turns


def test_a_writer_gives_up_and_readers_do_not_wait(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "data.db", busy_timeout_seconds=0.05)
    users = sqlite_storage(database).users
    user = a_user()
    users.add(user)

    with ThreadPoolExecutor(1) as threads, database.writing():
        with pytest.raises(Unavailable):
            threads.submit(users.add, a_user()).result()
        assert threads.submit(users.get, user.id).result() == user

    users.add(a_user())
    database.close()


def test_another_process_gets_its_turn(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    """Although SQLite's lock is free for no more than a moment now and then."""
    emails = [f"{number}@example.org" for number in range(5)]

    def write_slowly(_: int) -> None:
        with sqlite_database.writing():
            time.sleep(0.01)

    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as others,
        busy_writers(write_slowly),
    ):
        longest = others.submit(write_repeatedly, tmp_path / "contract.db", emails).result(timeout=60)

    assert all(sqlite_storage(sqlite_database).users.by_email_key(email) for email in emails)
    assert longest < 3.0


def test_of_many_who_put_many_at_once_none_is_refused(sqlite_database: SqliteDatabase) -> None:
    questions = sqlite_storage(sqlite_database).questions
    batches = [[a_question(text=f"„{n}“ \\u0000 \n👩🏽‍💻") for n in range(50)] for _ in range(WRITERS)]

    at_once(WRITERS, lambda number: questions.put(batches[number]))
    at_once(WRITERS, lambda number: questions.put(batches[number]))

    for question in (question for batch in batches for question in batch):
        assert questions.get(question.user_id, question.id) == question
