"""How much one user may have of everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.domain.errors import Conflict
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import Job
from core.domain.library.exports import ExportFormat, ExportOptions
from core.domain.messages import Message
from entrypoints.wiring.application import Application
from tests.building import signed_up
from tests.contract.records import an_export
from tests.fakes import ManualClock
from tests.unit.services.asking import a_question, a_session
from tests.unit.services.conftest import Worker

A_WEEK = timedelta(days=7)


@pytest.fixture
def limited(worker: Worker) -> Application:
    return worker(max_sessions_per_user=2, max_stored_exports_per_user=2, max_queued_jobs_per_user=2)


@pytest.fixture
def user_id(limited: Application) -> str:
    return signed_up(limited).user.id


@pytest.fixture
def session(limited: Application, user_id: str) -> str:
    """The id of a session with a question."""
    session_id = a_session(limited, user_id)
    a_question(limited, user_id, session_id)
    return session_id


def export(application: Application, user_id: str, session_id: str, key: IdempotencyKey | None = None) -> Job:
    return application.library.exports.request(user_id, session_id, ExportFormat.CSV, ExportOptions(), key)


def assert_refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Conflict) as refusal:
        act()
    assert refusal.value.code == code


def test_a_user_has_so_many_sessions(limited: Application, user_id: str) -> None:
    first = a_session(limited, user_id)
    a_session(limited, user_id)

    assert_refused("too_many_sessions", lambda: a_session(limited, user_id))
    a_session(limited, signed_up(limited, "grace@example.com").user.id)

    limited.library.sessions.delete(user_id, first)
    a_session(limited, user_id)


def test_so_many_jobs_of_a_user_wait(limited: Application, user_id: str, session: str) -> None:
    first = export(limited, user_id, session)
    limited.generation.service.request_regeneration(user_id, a_question(limited, user_id, session).id, None)

    assert_refused("too_many_queued_jobs", lambda: export(limited, user_id, session))

    limited.jobs.service.cancel(user_id, first.id)
    export(limited, user_id, session)


def test_a_key_stands_for_its_job_though_many_wait(limited: Application, user_id: str, session: str) -> None:
    first = export(limited, user_id, session, IdempotencyKey("first", "same"))
    export(limited, user_id, session)

    assert export(limited, user_id, session, IdempotencyKey("first", "same")).id == first.id


def test_a_refused_request_does_not_use_up_its_key(limited: Application, user_id: str, session: str) -> None:
    first, second = (export(limited, user_id, session) for _ in range(2))
    key = IdempotencyKey("key", "refused")
    assert_refused("too_many_queued_jobs", lambda: export(limited, user_id, session, key))

    limited.jobs.service.cancel(user_id, first.id)
    another = export(limited, user_id, session, IdempotencyKey("key", "another"))
    assert another.id not in (first.id, second.id)


def test_a_failed_job_waits_again_only_if_there_is_room(
    limited: Application, user_id: str, session: str, clock: ManualClock
) -> None:
    failed = export(limited, user_id, session)
    limited.foundation.stores.jobs.save(failed.failed(Message("session_empty"), clock.now()))
    for _ in range(2):
        export(limited, user_id, session)

    assert_refused("too_many_queued_jobs", lambda: limited.jobs.service.retry(user_id, failed.id))
    assert limited.jobs.admin.retry(failed.id).id == failed.id, "an operator is not bound"


def test_so_many_exports_of_a_user_are_kept(
    limited: Application, user_id: str, session: str, clock: ManualClock
) -> None:
    exports = limited.foundation.stores.exports
    first = an_export(user_id=user_id, expires_at=clock.now() + timedelta(days=1))
    exports.add(first)
    exports.add(an_export(user_id=user_id, expires_at=clock.now() + A_WEEK))
    exports.add(an_export(user_id=user_id, expires_at=clock.now() + A_WEEK, file_id=None))

    assert_refused("too_many_exports", lambda: export(limited, user_id, session))

    clock.advance(days=1)
    export(limited, user_id, session)
