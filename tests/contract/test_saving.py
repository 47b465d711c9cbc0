"""Saving over documents of other releases: the fields that are kept and replaced."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.domain.jobs.jobs import Progress
from core.domain.library.questions import Difficulty
from core.domain.messages import Message
from tests.contract.conftest import Storage
from tests.contract.raw import RawDocuments
from tests.contract.records import NOON, a_job, a_notification, a_question, a_user

UNKNOWN = {"shade": "red", "tags": ["a", {"b": None}]}


def test_a_save_keeps_fields_that_it_does_not_know(storage: Storage, raw: RawDocuments) -> None:
    user = a_user()
    storage.users.add(user)
    raw.set("users", user.id, "color", UNKNOWN)

    renamed = storage.users.save(user.renamed("Grace Hopper", NOON))

    assert raw.get("users", user.id)["color"] == UNKNOWN
    assert storage.users.get(user.id) == renamed


def test_putting_keeps_fields_that_it_does_not_know(storage: Storage, raw: RawDocuments) -> None:
    there, coming = a_question(), a_question()
    storage.questions.add(there)
    raw.set("questions", there.id, "color", UNKNOWN)

    rewritten = replace(there, text="New", tags=("new",))
    storage.questions.put([rewritten, coming])

    assert raw.get("questions", there.id)["color"] == UNKNOWN
    assert storage.questions.get("ada", there.id) == rewritten
    assert storage.questions.get("ada", coming.id) == coming


def test_marking_as_read_keeps_fields_that_it_does_not_know(storage: Storage, raw: RawDocuments) -> None:
    notification = a_notification()
    storage.notifications.add(notification)
    raw.set("notifications", notification.id, "color", UNKNOWN)

    storage.notifications.mark_read("ada", None, NOON)

    assert raw.get("notifications", notification.id)["color"] == UNKNOWN


def test_what_a_json_object_loses_is_gone_after_a_save(storage: Storage) -> None:
    job = a_job(result={"kept": {"kept": 1, "lost": 2}, "lost": [1], "list": [1, 2], "null": 1})
    storage.jobs.add(job)

    changed = storage.jobs.save(replace(job, result={"kept": {"kept": 1}, "list": [], "null": None}))

    assert storage.jobs.get(job.id) == changed


def test_a_nested_value_is_replaced_as_a_whole(storage: Storage, raw: RawDocuments) -> None:
    job = a_job().leased("worker", NOON, timedelta(minutes=1))
    storage.jobs.add(job)
    raw.set("jobs", job.id, "progress", {"done": 1, "total": 2, "message": "", "color": "red"})

    storage.jobs.save(replace(job, progress=Progress(2, 5, Message("writing_questions"))).given_back(NOON))

    stored = raw.get("jobs", job.id)
    assert set(stored["progress"]) == {"done", "total", "message"}
    assert stored["progress"]["message"]["code"] == "waiting_for_worker"
    assert stored["lease"] is None


def test_moments_stay_moments_after_a_save(storage: Storage) -> None:
    job = a_job()
    storage.jobs.add(job)

    later = NOON + timedelta(hours=1, milliseconds=7)
    saved = storage.jobs.save(replace(job, run_after=later, started_at=later))

    assert storage.jobs.get(job.id) == saved
    assert list(storage.jobs.due(later - timedelta(seconds=1), 10)) == []
    assert list(storage.jobs.due(later + timedelta(seconds=1), 10)) == [saved]


def test_derived_fields_name_the_version_they_come_from(storage: Storage, raw: RawDocuments) -> None:
    question = a_question()
    storage.questions.put([question])
    names = {"topic_key", "category_key", "difficulty_rank"}
    assert raw.get("questions", question.id)["derived_of"] == dict.fromkeys(names, 1)

    storage.questions.save(replace(question, difficulty=Difficulty.HARD))

    stored = raw.get("questions", question.id)
    assert stored["derived_of"] == dict.fromkeys(names, 2)
    assert (stored["version"], stored["difficulty_rank"]) == (2, "3")


def test_what_an_older_release_did_not_derive_is_seen_as_stale(storage: Storage, raw: RawDocuments) -> None:
    question = a_question()
    storage.questions.add(question)
    raw.set("questions", question.id, "language_key", "en")
    raw.set("questions", question.id, "derived_of", {"language_key": 1, "topic_key": 1})

    storage.questions.save(replace(question, topic="Python"))

    stored = raw.get("questions", question.id)
    assert stored["language_key"] == "en"
    assert stored["derived_of"].get("language_key") != stored["version"]
    assert stored["derived_of"]["topic_key"] == stored["version"]
