from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from adapters.mongo.collection import BY_ID, NEWEST_FIRST, Order, VersionedCollection
from adapters.mongo.conditions import Condition, any_of, compare
from adapters.mongo.database import MongoDatabase
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


class MongoQuestions(VersionedCollection[Question]):
    def __init__(self, database: MongoDatabase) -> None:
        super().__init__(database, "questions", Question, _derived)

    def put(self, questions: Sequence[Question]) -> None:
        self._put(questions)

    def get(self, user_id: str, question_id: str) -> Question | None:
        return self._find(question_id, compare("user_id", "$eq", user_id))

    def remove(self, user_id: str, question_id: str) -> bool:
        return self._remove(compare("_id", "$eq", question_id), compare("user_id", "$eq", user_id)) > 0

    def remove_of_session(self, session_id: str) -> int:
        return self._remove(compare("session_id", "$eq", session_id))

    def page(
        self, user_id: str, wanted: QuestionFilter, sort: QuestionSort, request: PageRequest
    ) -> Page[Question]:
        conditions = [compare("user_id", "$eq", user_id), *_conditions(wanted)]
        return self._page(conditions, _ORDERS[sort], request)

    def texts_of_session(self, session_id: str) -> Sequence[str]:
        documents = self._find_all([compare("session_id", "$eq", session_id)], BY_ID, projection=["text"])
        return [document["text"] for document in documents]

    def of_job(self, session_id: str, job_id: str) -> Sequence[Question]:
        wanted = [compare("session_id", "$eq", session_id), compare("job_id", "$eq", job_id)]
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
        conditions.append(any_of("tags", (label_key(tag) for tag in wanted.tags)))
    if wanted.pinned is not None:
        conditions.append(compare("pinned", "$eq", wanted.pinned))
    if wanted.created_from is not None:
        conditions.append(compare("created_at", "$gte", wanted.created_from))
    if wanted.created_to is not None:
        conditions.append(compare("created_at", "$lt", wanted.created_to))
    return conditions
