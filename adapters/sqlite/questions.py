from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from adapters.sqlite.collection import BY_ID, NEWEST_FIRST, Order, VersionedCollection
from adapters.sqlite.conditions import Condition, any_of, compare, has_any
from adapters.sqlite.database import SqliteDatabase
from core.domain.library.questions import Question, QuestionFilter, QuestionSort
from core.domain.library.sessions import label_key
from core.domain.paging import Page, PageRequest

_ORDERS = {
    QuestionSort.NEWEST: NEWEST_FIRST,
    QuestionSort.OLDEST: BY_ID,
    QuestionSort.DIFFICULTY: Order(("difficulty_rank", "id")),
}


def _derived(question: Question) -> Mapping[str, object]:
    return {
        "topic_key": question.topic_key,
        "category_key": question.category_key,
        "difficulty_rank": str(question.difficulty.rank),
    }


class SqliteQuestions(VersionedCollection[Question]):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, "questions", Question, _derived)

    def put(self, questions: Sequence[Question]) -> None:
        self._put(questions)

    def get(self, user_id: str, question_id: str) -> Question | None:
        return self._find(question_id, compare("user_id", "=", user_id))

    def remove(self, user_id: str, question_id: str) -> bool:
        return self._remove(compare("id", "=", question_id), compare("user_id", "=", user_id)) > 0

    def remove_of_session(self, session_id: str) -> int:
        return self._remove(compare("session_id", "=", session_id))

    def page(
        self, user_id: str, wanted: QuestionFilter, sort: QuestionSort, request: PageRequest
    ) -> Page[Question]:
        conditions = [compare("user_id", "=", user_id), *_conditions(wanted)]
        return self._page(conditions, _ORDERS[sort], request)

    def texts_of_session(self, session_id: str) -> Sequence[str]:
        documents = self._documents([compare("session_id", "=", session_id)], BY_ID, None)
        return [document["text"] for document in documents]

    def of_job(self, session_id: str, job_id: str) -> Sequence[Question]:
        wanted = [compare("session_id", "=", session_id), compare("job_id", "=", job_id)]
        return self._select(wanted, BY_ID)

    def counts(self, session_ids: Collection[str]) -> dict[str, int]:
        return self._counts("session_id", any_of("session_id", session_ids))


def _conditions(wanted: QuestionFilter) -> list[Condition]:
    conditions = [
        any_of(name, values)
        for name, values in (
            ("session_id", wanted.session_ids),
            ("topic_key", tuple(label_key(topic) for topic in wanted.topics)),
            ("difficulty", wanted.difficulties),
            ("category_key", tuple(label_key(category) for category in wanted.categories)),
            ("source", wanted.sources),
        )
        if values
    ]
    if wanted.tags:
        conditions.append(has_any("tags", (label_key(tag) for tag in wanted.tags)))
    if wanted.pinned is not None:
        conditions.append(compare("pinned", "=", wanted.pinned))
    if wanted.created_from is not None:
        conditions.append(compare("created_at", ">=", wanted.created_from))
    if wanted.created_to is not None:
        conditions.append(compare("created_at", "<", wanted.created_to))
    return conditions
