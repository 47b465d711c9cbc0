from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.system.ids import UlidIds
from core.domain.errors import NotFound, PreconditionFailed
from core.domain.library.questions import Difficulty, Question, QuestionSource
from core.domain.library.sessions import (
    Experience,
    SessionChanges,
    SessionContent,
    SessionFilter,
    SessionStatus,
)
from core.domain.paging import PageRequest
from core.services.jobs.idempotency import IdempotencyService
from core.services.library.sessions import SessionService
from entrypoints.wiring.application import Application
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.faults import Faults
from tests.unit.services.asking import a_question, a_session, questions_in
from tests.unit.services.killing import Killed, killed_at_write

CONTENT = SessionContent(
    role="Data engineer",
    experience=Experience.SENIOR,
    topics=(" SQL", "sql", "Apache   Spark"),
    tags=("Acme", "ACME ", "second  Round"),
    description="The second round.",
)


def roles(application: Application, user_id: str, **wanted: Any) -> list[str]:
    return [
        counted.session.role
        for counted in application.library.sessions.page(
            user_id, SessionFilter(**wanted), PageRequest()
        ).items
    ]


def test_it_works(application: Application, clock: ManualClock, ada: str) -> None:
    counted = application.library.sessions.create(ada, CONTENT)

    session = counted.session
    assert (session.role, session.experience, session.description) == (
        "Data engineer",
        Experience.SENIOR,
        "The second round.",
    )
    assert (session.status, session.user_id) == (SessionStatus.PLANNED, ada)
    assert session.created_at == session.updated_at == clock.now()
    assert (counted.question_count, session.version) == (0, 1)
    assert application.library.sessions.get(ada, session.id) == counted


def test_topics_and_tags_are_tidied(application: Application, ada: str) -> None:
    session = application.library.sessions.create(ada, CONTENT).session
    assert session.topics == ("SQL", "Apache Spark")
    assert session.tags == ("acme", "second round")

    changed = application.library.sessions.update(
        ada, session.id, SessionChanges(topics=("Go", "GO"), tags=("New", "new"))
    ).session
    assert (changed.topics, changed.tags) == (("Go",), ("new",))


def test_a_change_leaves_the_rest_and_makes_a_new_version(
    application: Application, clock: ManualClock, ada: str
) -> None:
    session = application.library.sessions.create(ada, CONTENT).session
    clock.advance(minutes=1)

    changed = application.library.sessions.update(
        ada, session.id, SessionChanges(status=SessionStatus.IN_PROGRESS)
    ).session

    assert changed == replace(
        session, status=SessionStatus.IN_PROGRESS, updated_at=clock.now(), version=session.version + 1
    )


def test_an_empty_change_changes_nothing(application: Application, clock: ManualClock, ada: str) -> None:
    session = application.library.sessions.create(ada, CONTENT).session
    clock.advance(minutes=1)

    assert application.library.sessions.update(ada, session.id, SessionChanges()).session == session


def test_a_change_of_another_version_than_the_present_one_is_refused(
    application: Application, ada: str
) -> None:
    session = application.library.sessions.create(ada, CONTENT).session
    changed = application.library.sessions.update(
        ada, session.id, SessionChanges(role="Analyst"), expected_version=1
    ).session

    with pytest.raises(PreconditionFailed):
        application.library.sessions.update(
            ada, session.id, SessionChanges(role="Manager"), expected_version=1
        )
    with pytest.raises(PreconditionFailed):
        application.library.sessions.update(ada, session.id, SessionChanges(), expected_version=1)
    with pytest.raises(PreconditionFailed):
        application.library.sessions.delete(ada, session.id, expected_version=1)
    assert application.library.sessions.get(ada, session.id).session == changed

    application.library.sessions.delete(ada, session.id, expected_version=changed.version)


def test_an_unknown_session_and_somebody_elses_are_not_found(
    application: Application, ada: str, grace: str, session_id: str
) -> None:
    for user_id, asked in ((ada, "unknown"), (grace, session_id)):
        with pytest.raises(NotFound):
            application.library.sessions.get(user_id, asked)
        with pytest.raises(NotFound):
            application.library.sessions.update(user_id, asked, SessionChanges(role="Mine now"))
        with pytest.raises(NotFound):
            application.library.sessions.delete(user_id, asked)
    assert application.library.sessions.get(ada, session_id).session.role == "Backend developer"


def test_sessions_are_listed_newest_first_with_their_question_counts(
    application: Application, ada: str, grace: str
) -> None:
    ids = [a_session(application, ada, role=f"role {number}") for number in range(3)]
    a_session(application, grace)
    a_question(application, ada, ids[1], "Why?")

    first = application.library.sessions.page(ada, SessionFilter(), PageRequest(2))
    rest = application.library.sessions.page(ada, SessionFilter(), PageRequest(2, first.next_after))

    listed = [(counted.session.id, counted.question_count) for counted in (*first.items, *rest.items)]
    assert listed == [(ids[2], 0), (ids[1], 1), (ids[0], 0)]
    assert rest.next_after is None


def test_sessions_are_filtered_by_status_and_tag_in_any_case(application: Application, ada: str) -> None:
    tagged = application.library.sessions.create(ada, CONTENT).session
    application.library.sessions.create(ada, replace(CONTENT, role="Other", tags=()))
    application.library.sessions.update(ada, tagged.id, SessionChanges(status=SessionStatus.COMPLETED))

    assert roles(application, ada, tags=(" ACME",)) == ["Data engineer"]
    assert roles(application, ada, statuses=(SessionStatus.COMPLETED,)) == ["Data engineer"]
    assert roles(application, ada, statuses=(SessionStatus.PLANNED,)) == ["Other"]
    assert roles(application, ada, tags=("acme", "none")) == ["Data engineer"]


def test_deleting_a_session_deletes_its_questions(
    application: Application, ada: str, session_id: str
) -> None:
    other = a_session(application, ada, role="Other")
    question = a_question(application, ada, session_id, "Why?")
    kept = a_question(application, ada, other, "Why not?")

    application.library.sessions.delete(ada, session_id)

    with pytest.raises(NotFound):
        application.library.sessions.get(ada, session_id)
    with pytest.raises(NotFound):
        application.library.questions.get(ada, question.id)
    with pytest.raises(NotFound):
        application.library.sessions.delete(ada, session_id)
    assert roles(application, ada) == ["Other"]
    assert questions_in(application, ada, other) == (kept,)


def test_a_deletion_that_died_halfway_is_finished_by_the_sweeper(
    application: Application,
    clock: ManualClock,
    ada: str,
    session_id: str,
    faults: Faults,
) -> None:
    question = a_question(application, ada, session_id, "Why?")
    with killed_at_write(1, faults), pytest.raises(Killed):
        application.library.sessions.delete(ada, session_id)
    with pytest.raises(NotFound):
        application.library.sessions.get(ada, session_id)

    assert application.work.chores.run_all()["deleted sessions"] == 0
    clock.advance(hours=1, seconds=1)
    assert application.work.chores.run_all()["deleted sessions"] == 1

    with pytest.raises(NotFound):
        application.library.questions.get(ada, question.id)
    assert application.work.chores.run_all()["deleted sessions"] == 0


def test_what_a_job_still_wrote_into_a_deleted_session_goes_with_it(
    stores: Stores, clock: ManualClock
) -> None:
    sessions = SessionService(
        stores.sessions,
        stores.questions,
        IdempotencyService(stores.keyed_requests, clock, UlidIds()),
        clock,
    )
    session = sessions.create("ada", CONTENT).session
    sessions.delete("ada", session.id)
    late = Question(
        "late",
        session.id,
        "ada",
        "Why?",
        "Because.",
        Difficulty.EASY,
        "SQL",
        QuestionSource.GROQ,
        clock.now(),
        clock.now(),
    )
    stores.questions.put([late])

    clock.advance(hours=1, seconds=1)

    assert sessions.sweep() == 1
    assert stores.questions.get("ada", late.id) is None
    assert stores.sessions.deleted_before(clock.now(), 10) == []


def test_deleted_sessions_are_purged_a_few_at_a_time(stores: Stores, clock: ManualClock) -> None:
    sessions = SessionService(
        stores.sessions,
        stores.questions,
        IdempotencyService(stores.keyed_requests, clock, UlidIds()),
        clock,
    )
    for _ in range(5):
        sessions.delete("ada", sessions.create("ada", CONTENT).session.id)
    clock.advance(hours=2)

    assert [sessions.sweep(limit=2) for _ in range(4)] == [2, 2, 1, 0]
