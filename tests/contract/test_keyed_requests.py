from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.errors import AlreadyExists, VersionConflict
from core.domain.jobs.idempotency import KeyedRequest
from tests.contract.conftest import Storage
from tests.contract.racing import at_once
from tests.contract.records import NOON


def a_request(key: str = "key", **changes: object) -> KeyedRequest:
    request = KeyedRequest(KeyedRequest.id_for("ada", key), "fingerprint", NOON)
    return replace(request, **changes)  # type: ignore[arg-type]


def test_it_works(storage: Storage) -> None:
    request = a_request()
    storage.keyed_requests.add(request)
    assert storage.keyed_requests.get(request.id) == request

    saved = storage.keyed_requests.save(replace(request, job_id="another"))
    assert storage.keyed_requests.get(request.id) == saved


def test_an_unknown_request_is_none(storage: Storage) -> None:
    assert storage.keyed_requests.get("none") is None


def test_of_many_that_come_with_one_key_one_is_kept(storage: Storage) -> None:
    def keep(number: int) -> bool:
        try:
            storage.keyed_requests.add(a_request(job_id=f"job {number}"))
        except AlreadyExists:
            return False
        return True

    assert at_once(8, keep).count(True) == 1


def test_a_stale_request_is_not_saved(storage: Storage) -> None:
    request = a_request()
    storage.keyed_requests.add(request)
    storage.keyed_requests.save(request)

    with pytest.raises(VersionConflict):
        storage.keyed_requests.save(request)


def test_old_requests_are_forgotten(storage: Storage) -> None:
    old, kept = a_request("old", created_at=NOON - timedelta(seconds=1)), a_request("kept")
    storage.keyed_requests.add(old)
    storage.keyed_requests.add(kept)

    assert storage.keyed_requests.remove_older(NOON) == 1
    assert storage.keyed_requests.get(old.id) is None
    assert storage.keyed_requests.get(kept.id) == kept
