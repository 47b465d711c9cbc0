"""Deleting with `If-Match`, while somebody changes the same thing at the last moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from core.domain.errors import Conflict, PreconditionFailed
from core.domain.library.exports import ExportFormat, ExportOptions
from core.domain.library.sessions import SessionChanges
from entrypoints.wiring.application import Application
from entrypoints.wiring.foundation import Foundation
from entrypoints.wiring.library import build_library
from tests.contract.records import an_export
from tests.fakes import ManualClock
from tests.unit.services.asking import a_question

A_WEEK = timedelta(days=7)


class Interrupted:
    """A repository; `interruption` happens once, right before the method of that name is called."""

    def __init__(self, records: Any, method: str, interruption: Callable[[], object]) -> None:
        self._records = records
        self._method = method
        self._interruptions = [interruption]

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self._interruptions:
            self._interruptions.pop()()
        return getattr(self._records, name)


def with_stores(application: Application, **stores: Any) -> Application:
    foundation: Foundation = replace(
        application.foundation, stores=replace(application.foundation.stores, **stores)
    )
    return replace(application, library=build_library(foundation, application.jobs))


def test_a_question_that_was_changed_meanwhile_stays(
    application: Application, ada: str, session_id: str
) -> None:
    question, questions = a_question(application, ada, session_id), application.foundation.stores.questions
    late = Interrupted(questions, "remove", lambda: questions.save(replace(question, text="Changed?")))

    with pytest.raises(PreconditionFailed):
        with_stores(application, questions=late).library.questions.delete(ada, question.id, 1)

    assert application.library.questions.get(ada, question.id).text == "Changed?"


def test_a_session_that_was_changed_meanwhile_stays(
    application: Application, ada: str, session_id: str
) -> None:
    def change() -> None:
        application.library.sessions.update(ada, session_id, SessionChanges(role="Changed"))

    late = Interrupted(application.foundation.stores.sessions, "save", change)

    with pytest.raises(PreconditionFailed):
        with_stores(application, sessions=late).library.sessions.delete(ada, session_id, 1)

    assert application.library.sessions.get(ada, session_id).session.role == "Changed"


def test_an_export_that_was_fetched_meanwhile_stays_with_its_file(
    application: Application, ada: str, clock: ManualClock
) -> None:
    stores, export = application.foundation.stores, an_export(user_id=ada, expires_at=clock.now() + A_WEEK)
    stores.exports.add(export)
    stores.files.put("file", BytesIO(b"content"))

    def fetch() -> None:
        application.library.exports.count_download(ada, export.id)

    late = Interrupted(stores.exports, "remove", fetch)

    with pytest.raises(PreconditionFailed):
        with_stores(application, exports=late).library.exports.delete(ada, export.id, export.version)

    assert application.library.exports.download(ada, export.id).size_bytes == len(b"content")


def test_an_export_is_started_though_the_last_question_has_just_gone(
    application: Application, ada: str, session_id: str
) -> None:
    question = a_question(application, ada, session_id)
    late = Interrupted(
        application.foundation.stores.questions,
        "counts",
        lambda: application.library.questions.delete(ada, question.id),
    )

    job = with_stores(application, questions=late).library.exports.request(
        ada, session_id, ExportFormat.CSV, ExportOptions()
    )

    assert job.progress.total == 0


def test_a_session_without_questions_is_not_exported(
    application: Application, ada: str, session_id: str
) -> None:
    with pytest.raises(Conflict) as refusal:
        application.library.exports.request(ada, session_id, ExportFormat.CSV, ExportOptions())
    assert refusal.value.code == "session_empty"
