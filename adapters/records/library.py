from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime

from adapters.records.base import VersionedRecords
from adapters.records.conditions import (
    BY_ID,
    NEWEST_FIRST,
    AnyOf,
    Compare,
    Condition,
    Equal,
    HasAny,
    IsSet,
    IsUnset,
    Order,
)
from adapters.records.engine import Query, RecordEngine
from core.domain.library.exports import Export
from core.domain.library.questions import Question, QuestionFilter, QuestionSort
from core.domain.library.sessions import Session, SessionFilter, label_key
from core.domain.paging import Page, PageRequest

_LONGEST_DELETED_FIRST = Order(("deleted_at", "id"))
_LONGEST_EXPIRED_FIRST = Order(("purge_at", "id"))
_LONGEST_PENDING_FIRST = Order(("pending_since", "id"))

_QUESTION_ORDERS = {
    QuestionSort.NEWEST: NEWEST_FIRST,
    QuestionSort.OLDEST: BY_ID,
    QuestionSort.DIFFICULTY: Order(("difficulty_rank", "id")),
}


class SessionRecords(VersionedRecords[Session]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "sessions", Session)

    def get(self, user_id: str, session_id: str) -> Session | None:
        return self._find(session_id, Equal("user_id", user_id), IsUnset("deleted_at"))

    def page(self, user_id: str, wanted: SessionFilter, request: PageRequest) -> Page[Session]:
        conditions: list[Condition] = [Equal("user_id", user_id), IsUnset("deleted_at")]
        if wanted.statuses:
            conditions.append(AnyOf("status", wanted.statuses))
        if wanted.tags:
            conditions.append(HasAny("tags", _keys(wanted.tags)))
        return self._page(conditions, NEWEST_FIRST, request)

    def count(self, user_id: str) -> int:
        return self._counts("user_id", Equal("user_id", user_id), IsUnset("deleted_at")).get(user_id, 0)

    def deleted_before(self, moment: datetime, limit: int) -> Sequence[Session]:
        return self._select([Compare("deleted_at", "<", moment)], _LONGEST_DELETED_FIRST, limit)

    def remove(self, session_id: str) -> None:
        self._remove(Equal("id", session_id))


class QuestionRecords(VersionedRecords[Question]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "questions", Question, _derived_of_question)

    def put(self, questions: Sequence[Question]) -> None:
        self._put(questions)

    def get(self, user_id: str, question_id: str) -> Question | None:
        return self._find(question_id, Equal("user_id", user_id))

    def remove(self, user_id: str, question_id: str, version: int | None = None) -> bool:
        return self._remove_version(question_id, user_id, version)

    def remove_of_session(self, session_id: str) -> int:
        return self._remove(Equal("session_id", session_id))

    def page(
        self, user_id: str, wanted: QuestionFilter, sort: QuestionSort, request: PageRequest
    ) -> Page[Question]:
        conditions = [Equal("user_id", user_id), *_conditions(wanted)]
        return self._page(conditions, _QUESTION_ORDERS[sort], request)

    def texts_of_session(self, session_id: str) -> Sequence[str]:
        of_session = Equal("session_id", session_id)
        documents = self._engine.find(Query(self._table, [of_session], BY_ID, fields=["text"]))
        return [document["text"] for document in documents if "text" in document]

    def of_job(self, session_id: str, job_id: str) -> Sequence[Question]:
        return self._select([Equal("session_id", session_id), Equal("job_id", job_id)])

    def counts(self, session_ids: Collection[str]) -> dict[str, int]:
        return self._counts("session_id", AnyOf("session_id", tuple(session_ids)))


def _derived_of_question(question: Question) -> Mapping[str, object]:
    return {
        "topic_key": question.topic_key,
        "category_key": question.category_key,
        "difficulty_rank": str(question.difficulty.rank),
    }


def _conditions(wanted: QuestionFilter) -> list[Condition]:
    conditions: list[Condition] = [
        AnyOf(field, values)
        for field, values in (
            ("session_id", wanted.session_ids),
            ("topic_key", _keys(wanted.topics)),
            ("difficulty", wanted.difficulties),
            ("category_key", _keys(wanted.categories)),
            ("source", wanted.sources),
        )
        if values
    ]
    if wanted.tags:
        conditions.append(HasAny("tags", _keys(wanted.tags)))
    if wanted.pinned is not None:
        conditions.append(Equal("pinned", wanted.pinned))
    if wanted.created_from is not None:
        conditions.append(Compare("created_at", ">=", wanted.created_from))
    if wanted.created_to is not None:
        conditions.append(Compare("created_at", "<", wanted.created_to))
    return conditions


def _keys(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(label_key(label) for label in labels)


class ExportRecords(VersionedRecords[Export]):
    def __init__(self, engine: RecordEngine) -> None:
        super().__init__(engine, "exports", Export, lambda export: {"purge_at": export.purge_at})

    def get(self, user_id: str, export_id: str) -> Export | None:
        return self._find(export_id, Equal("user_id", user_id), IsUnset("pending_since"))

    def page(self, user_id: str, request: PageRequest) -> Page[Export]:
        return self._page([Equal("user_id", user_id), IsUnset("pending_since")], NEWEST_FIRST, request)

    def remove(self, user_id: str, export_id: str, version: int | None = None) -> bool:
        return self._remove_version(export_id, user_id, version)

    def stored_count(self, user_id: str, now: datetime) -> int:
        return self._counts("user_id", Equal("user_id", user_id), Compare("purge_at", ">", now)).get(
            user_id, 0
        )

    def expired(self, now: datetime, limit: int) -> Sequence[Export]:
        return self._select([Compare("purge_at", "<=", now)], _LONGEST_EXPIRED_FIRST, limit)

    def pending(self, user_id: str, export_id: str) -> Export | None:
        return self._find(export_id, Equal("user_id", user_id), IsSet("pending_since"))

    def pending_before(self, moment: datetime, limit: int) -> Sequence[Export]:
        return self._select([Compare("pending_since", "<", moment)], _LONGEST_PENDING_FIRST, limit)

    def owned(self, file_ids: Collection[str]) -> Set[str]:
        fields = ["id", "file_id", "pending_since"]
        of_files = [AnyOf("id", tuple(file_ids))]
        return {
            document["id"]
            for document in self._engine.find(Query(self._table, of_files, fields=fields))
            if document.get("file_id", "unknown") is not None or document.get("pending_since") is not None
        }
