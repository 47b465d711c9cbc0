from __future__ import annotations

from pathlib import Path

import pytest
from huey import Huey, SqliteHuey

from adapters.huey.queue import HueyQueue, memory_queue, sqlite_queue
from ports.queue import Priority, Work

SECRET = "a secret for tests"


def taken(huey: Huey) -> int:
    """What a worker does with the queue: take everything there is; how many hints."""
    count = 0
    while (task := huey.dequeue()) is not None:
        huey.execute(task)
        count += 1
    return count


@pytest.fixture(params=["memory", "sqlite"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> HueyQueue:
    return memory_queue() if request.param == "memory" else sqlite_queue(tmp_path / "queue.db", SECRET)


def test_each_kind_of_work_is_handed_out_and_counted_apart(queue: HueyQueue) -> None:
    seen: list[tuple[Work, str]] = []
    for work in Work:
        queue.on(work, lambda work_id, work=work: seen.append((work, work_id)))  # type: ignore[misc]
    for number in range(3):
        queue.hint(Work.JOB, f"job {number}", Priority.INTERACTIVE)
    queue.hint(Work.MAIL, "mail", Priority.BULK)
    assert (queue.waiting(Work.JOB), queue.waiting(Work.MAIL)) == (3, 1)

    assert taken(queue.hueys[Work.MAIL]) == 1

    assert seen == [(Work.MAIL, "mail")]
    assert (queue.waiting(Work.JOB), queue.waiting(Work.MAIL)) == (3, 0)


def test_urgent_work_of_a_kind_goes_first(queue: HueyQueue) -> None:
    seen: list[str] = []
    queue.on(Work.MAIL, seen.append)
    queue.hint(Work.MAIL, "news", Priority.BULK)
    queue.hint(Work.MAIL, "one-time password", Priority.INTERACTIVE)

    taken(queue.hueys[Work.MAIL])

    assert seen == ["one-time password", "news"]


def test_a_hint_at_an_email_by_an_earlier_release_is_followed(tmp_path: Path) -> None:
    """It had one queue, whose name is that of the jobs now."""
    path = tmp_path / "queue.db"
    queue = sqlite_queue(path, SECRET)
    seen: list[str] = []
    queue.on(Work.MAIL, seen.append)
    serializer = queue.hueys[Work.JOB].serializer
    earlier = SqliteHuey("interview-prep", filename=str(path), results=False, serializer=serializer)

    def work_on_mail(mail_id: str) -> None: ...

    work_on_mail.__module__ = "adapters.huey.queue"
    task = earlier.task(name="work_on_mail")(work_on_mail)
    earlier.enqueue(task.s("mail"))

    taken(queue.hueys[Work.JOB])

    assert seen == ["mail"]
