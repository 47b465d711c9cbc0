from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import AlreadyExists, Invalid, VersionConflict
from core.domain.library.questions import Difficulty, Question, QuestionFilter, QuestionSort, QuestionSource
from core.domain.paging import PageRequest
from tests.contract.conftest import Storage
from tests.contract.records import NOON, a_question, an_id
from tests.contract.walking import walk

EVERYTHING = QuestionFilter()
A_DAY = timedelta(days=1)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def found(storage: Storage, wanted: QuestionFilter, user_id: str = "ada") -> list[Question]:
    return list(storage.questions.page(user_id, wanted, QuestionSort.OLDEST, PageRequest(100)).items)


def test_it_works(storage: Storage) -> None:
    question = a_question(
        source=QuestionSource.GROQ, job_id="job", category="Databases", tags=("sql",), notes="Again!"
    )
    storage.questions.add(question)
    assert storage.questions.get("ada", question.id) == question

    pinned = storage.questions.save(replace(question, pinned=True, topic="Indexes"))
    assert pinned.version == 2
    assert storage.questions.get("ada", question.id) == pinned
    assert found(storage, QuestionFilter(topics=("indexes",))) == [pinned]
    assert found(storage, QuestionFilter(topics=("sql",))) == []

    assert storage.questions.remove("ada", question.id) is True
    assert storage.questions.remove("ada", question.id) is False
    assert storage.questions.get("ada", question.id) is None


def test_an_id_is_taken_once(storage: Storage) -> None:
    question = a_question()
    storage.questions.add(question)

    with pytest.raises(AlreadyExists):
        storage.questions.add(question)


def test_a_stale_question_is_not_saved(storage: Storage) -> None:
    question = a_question()
    storage.questions.add(question)
    storage.questions.save(replace(question, pinned=True))

    with pytest.raises(VersionConflict):
        storage.questions.save(replace(question, notes="Mine"))


def test_somebody_else_neither_finds_nor_removes_it(storage: Storage) -> None:
    question = a_question(user_id="ada")
    storage.questions.add(question)

    assert storage.questions.get("grace", question.id) is None
    assert found(storage, EVERYTHING, "grace") == []
    assert found(storage, QuestionFilter(session_ids=("session",)), "grace") == []
    assert storage.questions.remove("grace", question.id) is False
    assert storage.questions.get("ada", question.id) == question


def test_putting_writes_over_what_is_there(storage: Storage) -> None:
    old, other = a_question(text="Old"), a_question()
    storage.questions.put([old])
    new = replace(old, text="New", difficulty=Difficulty.HARD)
    storage.questions.put([new, other])
    storage.questions.put([])

    assert found(storage, EVERYTHING) == [new, other]
    assert found(storage, QuestionFilter(difficulties=(Difficulty.HARD,))) == [new]


def test_what_belongs_to_a_session_is_found_counted_and_removed_by_it(storage: Storage) -> None:
    first = a_question(session_id="one", text="First", job_id="job")
    second = a_question(session_id="one", text="Second")
    elsewhere = a_question(session_id="two", text="Third", job_id="job")
    storage.questions.put([elsewhere, second, first])

    assert list(storage.questions.texts_of_session("one")) == ["First", "Second"]
    assert list(storage.questions.of_job("one", "job")) == [first]
    counts = storage.questions.counts(["one", "two", "three"])
    assert (counts["one"], counts["two"], counts.get("three", 0)) == (2, 1, 0)
    assert storage.questions.counts(["two"]) == {"two": 1}
    assert storage.questions.counts([]) == {}

    assert storage.questions.remove_of_session("one") == 2
    assert storage.questions.remove_of_session("one") == 0
    assert found(storage, EVERYTHING) == [elsewhere]


def test_counts_take_thousands_of_sessions(storage: Storage) -> None:
    storage.questions.add(a_question(session_id=an_id(39_999)))

    assert storage.questions.counts([an_id(number) for number in range(40_000)]) == {an_id(39_999): 1}


def test_each_filter_means_any_of_its_values_without_case(storage: Storage) -> None:
    sql = a_question(topic="SQL", category="Databases", tags=("joins", "index"))
    python = a_question(topic="Python", tags=("index",), difficulty=Difficulty.EASY, session_id="other")
    street = a_question(topic="Straße", difficulty=Difficulty.HARD, source=QuestionSource.CUSTOM, pinned=True)
    storage.questions.put([sql, python, street])

    assert found(storage, QuestionFilter(session_ids=("session",))) == [sql, street]
    assert found(storage, QuestionFilter(session_ids=("other", "session"))) == [sql, python, street]
    assert found(storage, QuestionFilter(topics=("sql",))) == [sql]
    assert found(storage, QuestionFilter(topics=("STRASSE", "PYTHON"))) == [python, street]
    assert found(storage, QuestionFilter(difficulties=(Difficulty.EASY, Difficulty.HARD))) == [python, street]
    assert found(storage, QuestionFilter(tags=("INDEX", "none"))) == [sql, python]
    assert found(storage, QuestionFilter(tags=("joins",))) == [sql]
    assert found(storage, QuestionFilter(categories=("DATABASES",))) == [sql]
    assert found(storage, QuestionFilter(sources=(QuestionSource.CUSTOM,))) == [street]
    assert found(storage, QuestionFilter(sources=(QuestionSource.CUSTOM, QuestionSource.BANK))) == [
        sql,
        python,
        street,
    ]
    assert found(storage, QuestionFilter(pinned=True)) == [street]
    assert found(storage, QuestionFilter(pinned=False)) == [sql, python]


def test_several_filters_hold_together(storage: Storage) -> None:
    wanted = a_question(topic="SQL", tags=("joins",), pinned=True)
    storage.questions.put([wanted, a_question(topic="SQL", tags=("joins",)), a_question(pinned=True)])

    assert found(storage, QuestionFilter(topics=("sql",), tags=("joins",), pinned=True)) == [wanted]


def test_created_from_is_inclusive_and_created_to_exclusive(storage: Storage) -> None:
    questions = [a_question(created_at=NOON + days * A_DAY) for days in (-1, 0, 1)]
    storage.questions.put(questions)

    assert found(storage, QuestionFilter(created_from=NOON)) == questions[1:]
    assert found(storage, QuestionFilter(created_to=NOON)) == questions[:1]
    assert found(storage, QuestionFilter(created_from=NOON, created_to=NOON + A_DAY)) == questions[1:2]


@pytest.mark.real_mongodb
def test_a_millisecond_makes_a_difference(storage: Storage) -> None:
    millisecond = timedelta(milliseconds=1)
    questions = [a_question(created_at=NOON + count * millisecond) for count in (0, 1, 2)]
    storage.questions.put(questions)

    middle = NOON + millisecond
    assert found(storage, QuestionFilter(created_from=middle)) == questions[1:]
    assert found(storage, QuestionFilter(created_to=middle)) == questions[:1]


def test_difficulty_sorts_from_easy_to_hard_then_by_id(storage: Storage) -> None:
    order = [Difficulty.HARD, Difficulty.EASY, Difficulty.MEDIUM, Difficulty.EASY]
    hard, easy, medium, easy_too = questions = [a_question(difficulty=difficulty) for difficulty in order]
    storage.questions.put(questions)

    page = storage.questions.page("ada", EVERYTHING, QuestionSort.DIFFICULTY, PageRequest(3))
    assert list(page.items) == [easy, easy_too, medium]
    assert page.next_after == ("2", medium.id)
    rest = storage.questions.page("ada", EVERYTHING, QuestionSort.DIFFICULTY, PageRequest(3, page.next_after))
    assert list(rest.items) == [hard]


@pytest.mark.parametrize("sort", QuestionSort)
@pytest.mark.parametrize("key", [(), ("1", "2", "3")])
def test_a_key_of_another_list_is_refused(storage: Storage, sort: QuestionSort, key: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        storage.questions.page("ada", EVERYTHING, sort, PageRequest(1, key))


@pytest.mark.parametrize("value", ["$where", "$gt", '{"$gt": ""}', "' OR 1=1 --", "%", "", "\x00"])
def test_what_looks_like_a_query_is_compared_as_text(storage: Storage, value: str) -> None:
    storage.questions.add(a_question(category="Databases", tags=("sql",)))

    for wanted in (
        QuestionFilter(session_ids=(value,)),
        QuestionFilter(topics=(value,)),
        QuestionFilter(tags=(value,)),
        QuestionFilter(categories=(value,)),
    ):
        assert found(storage, wanted) == []
    assert found(storage, EVERYTHING, value) == []
    assert storage.questions.counts([value]) == {}


@settings(settings.get_profile("contract"))
@given(text=anything, topic=anything, tags=st.lists(anything, max_size=3))
def test_any_text_round_trips(storage: Storage, text: str, topic: str, tags: list[str]) -> None:
    question = a_question(session_id=an_id(), text=text, topic=topic, tags=tuple(tags))
    storage.questions.put([question])

    assert storage.questions.get("ada", question.id) == question
    assert list(storage.questions.texts_of_session(question.session_id)) == [text]


@pytest.mark.parametrize("sort", QuestionSort)
@settings(settings.get_profile("contract"))
@given(
    drawn=st.dictionaries(st.integers(0, 30), st.sampled_from(Difficulty), max_size=12),
    limit=st.integers(1, 5),
    known=st.integers(0, 12),
)
def test_paging_neither_loses_nor_repeats_while_questions_are_added(
    storage: Storage, sort: QuestionSort, drawn: dict[int, Difficulty], limit: int, known: int
) -> None:
    user_id = an_id()
    questions = [
        a_question(id=f"{user_id}{number:03}", user_id=user_id, difficulty=difficulty)
        for number, difficulty in drawn.items()
    ]
    there, coming = questions[:known], questions[known:]
    storage.questions.put(there)

    def add_one() -> None:
        if coming:
            storage.questions.add(coming.pop())

    seen = walk(lambda request: storage.questions.page(user_id, EVERYTHING, sort, request), limit, add_one)

    assert len({question.id for question in seen}) == len(seen)
    assert {question.id for question in there} <= {question.id for question in seen}
    assert seen == _sorted(seen, sort)


def _sorted(questions: list[Question], sort: QuestionSort) -> list[Question]:
    if sort is QuestionSort.DIFFICULTY:
        return sorted(questions, key=lambda question: (question.difficulty.rank, question.id))
    return sorted(questions, key=lambda question: question.id, reverse=sort is QuestionSort.NEWEST)
