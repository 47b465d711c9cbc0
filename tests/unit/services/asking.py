"""Short forms of requests that many tests make."""

from __future__ import annotations

from typing import Any

from core.domain.jobs.jobs import Job, JobFilter, JobStatus
from core.domain.library.questions import Question, QuestionContent, QuestionFilter, QuestionSort
from core.domain.library.sessions import Experience, SessionContent
from core.domain.paging import PageRequest
from entrypoints.wiring.application import Application


def a_session(application: Application, user_id: str, role: str = "Backend developer") -> str:
    """The id of a new session."""
    counted = application.library.sessions.create(
        user_id, SessionContent(role=role, experience=Experience.MID, topics=("Python", "SQL"))
    )
    return counted.session.id


def a_question(
    application: Application, user_id: str, session_id: str, text: str = "Why?", **content: Any
) -> Question:
    """A new question of the user's own."""
    written = QuestionContent(text, "Because.", **content)
    return application.library.questions.add_custom(user_id, session_id, written)


def questions_in(application: Application, user_id: str, session_id: str) -> tuple[Question, ...]:
    """Up to a hundred questions of the session, oldest first."""
    return application.library.questions.page_of_session(
        user_id, session_id, QuestionFilter(), QuestionSort.OLDEST, PageRequest(100)
    ).items


def jobs_of(application: Application, user_id: str, *statuses: JobStatus) -> tuple[Job, ...]:
    """Up to a hundred jobs of the user in these states, newest first."""
    return application.jobs.service.page(user_id, JobFilter(statuses=statuses), PageRequest(100)).items
