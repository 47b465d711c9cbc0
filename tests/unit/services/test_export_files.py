"""Files of exports when a process dies: nothing half-made is seen, nothing stays that nobody owns."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.errors import Gone, NotFound
from core.domain.jobs.jobs import Job, JobStatus
from core.domain.library.exports import ExportFormat, ExportOptions
from core.domain.paging import PageRequest
from entrypoints.wiring.application import Application
from tests.building import signed_up
from tests.fakes import ManualClock
from tests.faults import Faults
from tests.unit.services.asking import a_question, a_session
from tests.unit.services.conftest import Worker
from tests.unit.services.killing import Killed, killed_at_write

A_LEASE_SECONDS = 31
WRITES_OF_AN_EXPORT = 9


def request_export(application: Application, user_id: str) -> Job:
    session_id = a_session(application, user_id)
    a_question(application, user_id, session_id)
    return application.library.exports.request(user_id, session_id, ExportFormat.CSV, ExportOptions())


def clean_up(application: Application) -> int:
    return application.work.chores.run_all()["ownerless files"]


def age(path: Path, clock: ManualClock, by: timedelta) -> None:
    """Let it be so old by the clock of the test."""
    moment = (clock.now() - by).timestamp()
    os.utime(path, (moment, moment))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are."""
    return tmp_path / "files"


@pytest.fixture
def export_id(application: Application, ada: str) -> str:
    """A finished export."""
    job = request_export(application, ada)
    application.work.runner.run_due()
    return str(application.jobs.service.get(ada, job.id).result["export_id"])


@pytest.mark.parametrize("write", range(WRITES_OF_AN_EXPORT))
def test_wherever_a_worker_dies_one_whole_export_comes_of_it(
    worker: Worker, clock: ManualClock, folder: Path, faults: Faults, write: int
) -> None:
    one, other = worker(), worker()
    ada = signed_up(one).user.id
    job = request_export(one, ada)
    with killed_at_write(write, faults), pytest.raises(Killed):
        one.work.runner.run_due()

    half_made = one.library.exports.page(ada, PageRequest()).items
    assert all(one.library.exports.download(ada, export.id).size_bytes for export in half_made)
    clock.advance(seconds=A_LEASE_SECONDS)
    other.work.chores.run_all()
    other.work.runner.run_due()

    assert other.jobs.service.get(ada, job.id).status is JobStatus.SUCCEEDED
    (export,) = other.library.exports.page(ada, PageRequest()).items
    download = other.library.exports.download(ada, export.id)
    assert sum(map(len, download.read(0, download.size_bytes))) == export.size_bytes > 0
    assert [path.name for path in folder.iterdir()] == [export.file_id]


def test_an_export_is_seen_only_with_its_file(application: Application, ada: str, folder: Path) -> None:
    job = request_export(application, ada)
    folder.write_text("in the way of the folder")
    application.work.runner.run_due()

    export_id = application.foundation.system.ids.derived(job.id, at=job.created_at)
    assert application.foundation.stores.exports.pending(ada, export_id) is not None
    assert application.library.exports.page(ada, PageRequest()).items == ()
    with pytest.raises(NotFound):
        application.library.exports.get(ada, export_id)


def test_a_file_that_nobody_owns_is_removed_after_a_day(
    application: Application, ada: str, clock: ManualClock, folder: Path, export_id: str
) -> None:
    for name, hours in (("young", 23), ("old", 25), (".old.x1", 25), (".young.x1", 23), (export_id, 25)):
        (folder / name).touch()
        age(folder / name, clock, timedelta(hours=hours))

    assert clean_up(application) == 2
    assert clean_up(application) == 0

    assert {path.name for path in folder.iterdir()} == {"young", ".young.x1", export_id}
    assert application.library.exports.download(ada, export_id)


def test_the_file_of_a_purged_export_is_nobodys(
    application: Application, ada: str, clock: ManualClock, folder: Path, export_id: str
) -> None:
    """Such a file comes from an attempt that was thought dead, and ended after the purge."""
    clock.advance(days=8)
    application.library.exports.sweep()
    (folder / export_id).touch()
    age(folder / export_id, clock, timedelta(days=2))

    assert clean_up(application) == 1
    assert list(folder.iterdir()) == []
    assert application.library.exports.get(ada, export_id)


def test_an_export_that_is_never_finished_is_removed_with_its_file(
    application: Application, ada: str, clock: ManualClock, folder: Path, export_id: str
) -> None:
    exports = application.foundation.stores.exports
    finished = application.library.exports.get(ada, export_id)
    exports.save(replace(finished, file_id=None, pending_since=clock.now()))

    clock.advance(days=1)
    assert clean_up(application) == 0
    clock.advance(seconds=1)
    assert clean_up(application) == 1

    assert list(folder.iterdir()) == []
    assert exports.pending(ada, export_id) is None


def test_many_files_are_looked_at_part_by_part(
    application: Application, clock: ManualClock, folder: Path, export_id: str
) -> None:
    for number in range(5):
        path = folder / f"file{number}"
        path.touch()
        age(path, clock, timedelta(days=2))
    sweep = application.library.file_cleanup.sweep

    assert [sweep(2) for _ in range(4)].count(0) <= 1
    sweep(2)
    assert [path.name for path in folder.iterdir()] == [export_id]


def test_an_export_that_is_finished_at_this_very_moment_is_not_removed(
    application: Application, ada: str, clock: ManualClock, folder: Path, export_id: str, faults: Faults
) -> None:
    exports = application.foundation.stores.exports
    finished = application.library.exports.get(ada, export_id)
    exports.save(replace(finished, file_id=None, pending_since=clock.now()))
    clock.advance(days=1, seconds=1)
    pending = [exports.pending(ada, export_id)]

    def finish(_: str) -> None:
        while pending and (export := pending.pop()) is not None:
            exports.save(export.completed(export_id, finished.size_bytes))

    with faults.before_write(finish):
        assert application.library.file_cleanup.sweep() == 0

    assert application.library.exports.download(ada, export_id)
    assert [path.name for path in folder.iterdir()] == [export_id]


def test_of_two_attempts_that_store_a_file_at_once_one_export_comes(
    worker: Worker, clock: ManualClock, faults: Faults
) -> None:
    """The first attempt was thought dead, and comes to its end after all."""
    one, other = worker(), worker()
    ada = signed_up(one).user.id
    job = request_export(one, ada)
    overtaken: list[int] = []

    def overtake(table: str) -> None:
        if table == "exports" and not overtaken:
            clock.advance(seconds=A_LEASE_SECONDS)
            overtaken.append(other.work.runner.run_due())

    with faults.before_write(overtake):
        one.work.runner.run_due()

    assert overtaken == [1]
    (export,) = one.library.exports.page(ada, PageRequest()).items
    assert one.library.exports.download(ada, export.id)
    assert one.jobs.service.get(ada, job.id).status is JobStatus.SUCCEEDED


def test_a_file_that_was_lost_is_gone_for_good(
    application: Application, ada: str, folder: Path, export_id: str
) -> None:
    (folder / export_id).unlink()

    with pytest.raises(Gone):
        application.library.exports.download(ada, export_id)
