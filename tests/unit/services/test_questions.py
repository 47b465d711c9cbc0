from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import Conflict, NotFound, PreconditionFailed
from core.domain.library.limits import LibraryLimits
from core.domain.library.questions import (
    Difficulty,
    Question,
    QuestionChanges,
    QuestionContent,
    QuestionFilter,
    QuestionSort,
    QuestionSource,
)
from core.domain.paging import PageRequest
from entrypoints.wiring.application import Application
from tests.contract.racing import at_once
from tests.fakes import ManualClock
from tests.unit.services.asking import a_question, a_session, questions_in


@pytest.fixture
def question(application: Application, ada: str, session_id: str) -> Question:
    return application.library.questions.add_custom(
        ada, session_id, QuestionContent(text="What is a B-tree?", answer="A balanced tree.", tags=("Trees",))
    )


def texts(
    application: Application,
    user_id: str,
    wanted: QuestionFilter,
    sort: QuestionSort = QuestionSort.OLDEST,
) -> list[str]:
    return [
        question.text
        for question in application.library.questions.page(user_id, wanted, sort, PageRequest()).items
    ]


def test_it_works(application: Application, clock: ManualClock, ada: str, session_id: str) -> None:
    question = application.library.questions.add_custom(
        ada,
        session_id,
        QuestionContent(
            text="What is a B-tree?",
            answer="A balanced tree.",
            difficulty=Difficulty.HARD,
            topic="Databases",
            category="structures",
            tags=(" Trees", "trees", "Disk  Access"),
            notes="Asked at Acme.",
            pinned=True,
        ),
    )

    assert application.library.questions.get(ada, question.id) == question
    assert (question.session_id, question.user_id, question.job_id) == (session_id, ada, None)
    assert (question.source, question.version) == (QuestionSource.CUSTOM, 1)
    assert question.tags == ("trees", "disk access")
    assert question.created_at == question.updated_at == clock.now()


def test_a_custom_question_is_medium_and_of_the_first_topic(
    question: Question,
) -> None:
    assert (question.difficulty, question.topic) == (Difficulty.MEDIUM, "Python")


def test_a_custom_question_needs_a_session_of_ones_own(
    application: Application, grace: str, session_id: str
) -> None:
    for asked in (session_id, "unknown"):
        with pytest.raises(NotFound) as refusal:
            a_question(application, grace, asked, "Why?")
        assert refusal.value.code == "session_not_found"


@pytest.mark.parametrize("library_limits", [LibraryLimits(max_questions_per_session=2)])
def test_a_full_session_takes_no_more(application: Application, ada: str, session_id: str) -> None:
    for number in range(2):
        a_question(application, ada, session_id, f"Question {number}?")

    with pytest.raises(Conflict) as refusal:
        a_question(application, ada, session_id, "One more?")
    assert refusal.value.code == "session_full"
    assert "at most 2 questions; this one has 2" in refusal.value.detail


def test_a_change_leaves_the_rest_and_makes_a_new_version(
    application: Application, clock: ManualClock, ada: str, question: Question
) -> None:
    clock.advance(minutes=1)
    changed = application.library.questions.update(
        ada, question.id, QuestionChanges(answer="Another.", tags=("A", "a"))
    )

    assert changed == replace(question, answer="Another.", tags=("a",), updated_at=clock.now(), version=2)
    assert application.library.questions.get(ada, question.id) == changed


def test_an_empty_change_changes_nothing(
    application: Application, clock: ManualClock, ada: str, question: Question
) -> None:
    clock.advance(minutes=1)

    assert application.library.questions.update(ada, question.id, QuestionChanges()) == question


def test_a_change_of_another_version_than_the_present_one_is_refused(
    application: Application, ada: str, question: Question
) -> None:
    changed = application.library.questions.update(
        ada, question.id, QuestionChanges(notes="Mine."), expected_version=1
    )

    with pytest.raises(PreconditionFailed):
        application.library.questions.update(
            ada, question.id, QuestionChanges(notes="Late."), expected_version=1
        )
    with pytest.raises(PreconditionFailed):
        application.library.questions.delete(ada, question.id, expected_version=1)
    assert application.library.questions.get(ada, question.id) == changed

    application.library.questions.delete(ada, question.id, expected_version=2)
    assert (
        application.library.questions.page(ada, QuestionFilter(), QuestionSort.NEWEST, PageRequest()).items
        == ()
    )


def test_changes_of_different_fields_at_once_are_all_kept(
    application: Application, ada: str, question: Question
) -> None:
    changes = [
        lambda: application.library.questions.update(ada, question.id, QuestionChanges(notes="Mine.")),
        lambda: application.library.questions.update(ada, question.id, QuestionChanges(answer="Another.")),
        lambda: application.library.questions.update(ada, question.id, QuestionChanges(category="trees")),
        lambda: application.library.questions.set_pinned(ada, question.id, True),
    ]
    at_once(len(changes), lambda number: changes[number]())

    changed = application.library.questions.get(ada, question.id)
    assert (changed.notes, changed.answer, changed.category, changed.pinned) == (
        "Mine.",
        "Another.",
        "trees",
        True,
    )
    assert changed.version == 5


def test_pinning_twice_is_pinning_once(
    application: Application, clock: ManualClock, ada: str, question: Question
) -> None:
    pinned = application.library.questions.set_pinned(ada, question.id, True)
    clock.advance(minutes=1)
    assert application.library.questions.set_pinned(ada, question.id, True) == pinned

    unpinned = application.library.questions.set_pinned(ada, question.id, False)
    assert (unpinned.pinned, unpinned.updated_at) == (False, clock.now())


def test_a_deleted_question_is_gone(application: Application, ada: str, question: Question) -> None:
    application.library.questions.delete(ada, question.id)

    for act in (application.library.questions.get, application.library.questions.delete):
        with pytest.raises(NotFound):
            act(ada, question.id)


def test_an_unknown_question_and_somebody_elses_are_not_found(
    application: Application, ada: str, grace: str, question: Question
) -> None:
    for user_id, asked in ((ada, "unknown"), (grace, question.id)):
        with pytest.raises(NotFound):
            application.library.questions.get(user_id, asked)
        with pytest.raises(NotFound):
            application.library.questions.update(user_id, asked, QuestionChanges(text="Mine now?"))
        with pytest.raises(NotFound):
            application.library.questions.set_pinned(user_id, asked, True)
        with pytest.raises(NotFound):
            application.library.questions.delete(user_id, asked)
        with pytest.raises(NotFound):
            application.library.questions.delete(user_id, asked, expected_version=1)
    assert application.library.questions.get(ada, question.id) == question


def test_questions_of_all_own_sessions_are_found_and_no_others(
    application: Application, ada: str, grace: str, question: Question
) -> None:
    a_question(application, ada, a_session(application, ada), "In another session?")
    a_question(application, grace, a_session(application, grace), "Somebody else's?")

    assert texts(application, ada, QuestionFilter()) == ["What is a B-tree?", "In another session?"]


def test_a_tag_is_found_in_any_case_and_spacing(
    application: Application, ada: str, question: Question
) -> None:
    assert texts(application, ada, QuestionFilter(tags=(" TREES ",))) == [question.text]
    assert texts(application, ada, QuestionFilter(tags=("tree",))) == []


def test_questions_are_sorted_by_difficulty(application: Application, ada: str, session_id: str) -> None:
    for difficulty in (Difficulty.HARD, Difficulty.EASY, Difficulty.MEDIUM):
        a_question(application, ada, session_id, difficulty, difficulty=difficulty)

    assert texts(application, ada, QuestionFilter(), QuestionSort.DIFFICULTY) == ["easy", "medium", "hard"]
    assert texts(application, ada, QuestionFilter(), QuestionSort.NEWEST) == ["medium", "easy", "hard"]


def test_a_filter_never_shows_questions_of_other_sessions(
    application: Application, ada: str, session_id: str, question: Question
) -> None:
    other = a_session(application, ada)
    a_question(application, ada, other, "In another session?")

    page = application.library.questions.page_of_session(
        ada, session_id, QuestionFilter(session_ids=(other,)), QuestionSort.OLDEST, PageRequest()
    )
    assert page.items == (question,)


def test_questions_of_other_or_unknown_sessions_are_not_found(
    application: Application, ada: str, grace: str, session_id: str
) -> None:
    for user_id, asked in ((ada, "unknown"), (grace, session_id)):
        with pytest.raises(NotFound):
            questions_in(application, user_id, asked)
