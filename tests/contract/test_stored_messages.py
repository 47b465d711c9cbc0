"""Messages as this release stores them, and as earlier ones did: as sentences."""

from __future__ import annotations

from dataclasses import replace

from core.domain.jobs.jobs import Progress
from core.domain.messages import Message
from tests.building import words
from tests.contract.conftest import Storage
from tests.contract.raw import RawDocuments
from tests.contract.records import a_job, a_notification


def test_a_message_is_stored_as_code_and_data(storage: Storage) -> None:
    error = Message("unknown_topics", {"topics": ["$odd.key"], "known": ["SQL"], "also": [{"code": "x"}]})
    job = replace(a_job(), error=error, progress=Progress(1, 2, Message("writing_questions")))
    storage.jobs.add(job)

    assert storage.jobs.get(job.id) == job


def test_sentences_of_earlier_releases_still_read(storage: Storage, raw: RawDocuments) -> None:
    job = a_job()
    storage.jobs.add(job)
    raw.set("jobs", job.id, "progress", {"done": 1, "total": 2, "message": "Writing questions"})
    raw.set("jobs", job.id, "error", {"code": "provider_unavailable", "detail": "The AI is away."})

    found = storage.jobs.get(job.id)
    assert found is not None
    assert words(found.progress.message) == "Writing questions"
    assert found.error is not None
    assert (found.error.code, words(found.error)) == ("provider_unavailable", "The AI is away.")


def test_a_notification_of_an_earlier_release_keeps_its_words(storage: Storage, raw: RawDocuments) -> None:
    notification = a_notification()
    storage.notifications.add(notification)
    raw.set("notifications", notification.id, "title", "Your export is ready")
    raw.set("notifications", notification.id, "body", "For 7 days.")

    (found,) = storage.notifications.newest(notification.user_id, only_unread=False)
    assert (found.title, found.body) == ("Your export is ready", "For 7 days.")
