"""Races on idempotency keys, with the other write placed between the read and the write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from adapters.system.ids import UlidIds
from core.domain.errors import AlreadyExists, Conflict, Invalid
from core.domain.jobs.idempotency import IdempotencyKey, KeyedRequest
from core.services.jobs.idempotency import IdempotencyService
from entrypoints.wiring.stores import Stores
from ports.jobs import KeyedRequestRepository
from tests.fakes import ManualClock

KEY = IdempotencyKey("order 66", "fifteen questions")


class WithRival:
    """A store in which somebody does something right before the first record is added, or right after the
    first look."""

    def __init__(
        self, requests: KeyedRequestRepository, interfere: Callable[[], object], *, before_add: bool = False
    ) -> None:
        self._requests = requests
        self._interfere = [interfere]
        self._before_add = before_add

    def get(self, request_id: str) -> KeyedRequest | None:
        found = self._requests.get(request_id)
        if self._interfere and not self._before_add:
            self._interfere.pop()()
        return found

    def add(self, request: KeyedRequest) -> None:
        if self._interfere and self._before_add:
            self._interfere.pop()()
        self._requests.add(request)

    def save(self, request: KeyedRequest) -> KeyedRequest:
        return self._requests.save(request)

    def remove_older(self, moment: datetime) -> int:
        return self._requests.remove_older(moment)


def id_of(idempotency: IdempotencyService, key: IdempotencyKey) -> str:
    """Of what the key stands for."""
    return idempotency.once("ada", key, lambda known_id: known_id, lambda new_id: new_id)


def race(
    stores: Stores, clock: ManualClock, rivals_key: IdempotencyKey, *, is_known: bool = True
) -> tuple[IdempotencyService, list[str]]:
    """Who asks, and what the rival gets."""
    rivals: list[str] = []
    rival = IdempotencyService(stores.keyed_requests, clock, UlidIds())
    store = WithRival(
        stores.keyed_requests,
        lambda: rivals.append(id_of(rival, rivals_key)),
        before_add=not is_known,
    )
    return IdempotencyService(store, clock, UlidIds()), rivals


def test_of_two_with_a_new_key_both_get_what_the_faster_one_wrote(stores: Stores, clock: ManualClock) -> None:
    idempotency, rivals = race(stores, clock, KEY, is_known=False)

    assert [id_of(idempotency, KEY)] == rivals


def test_of_two_with_an_expired_key_both_get_what_the_faster_one_wrote(
    stores: Stores, clock: ManualClock
) -> None:
    expired = id_of(IdempotencyService(stores.keyed_requests, clock, UlidIds()), KEY)
    clock.advance(hours=24)
    idempotency, rivals = race(stores, clock, KEY)

    assert [id_of(idempotency, KEY)] == rivals
    assert expired not in rivals


@pytest.mark.parametrize("is_known", [False, True])
def test_of_two_different_requests_with_one_key_the_slower_is_refused(
    stores: Stores, clock: ManualClock, is_known: bool
) -> None:
    if is_known:
        id_of(IdempotencyService(stores.keyed_requests, clock, UlidIds()), KEY)
        clock.advance(hours=24)
    idempotency, _ = race(stores, clock, IdempotencyKey(KEY.key, "twenty questions"), is_known=is_known)

    with pytest.raises(Invalid) as refusal:
        id_of(idempotency, KEY)
    assert refusal.value.code == "idempotency_key_reused"


def test_a_key_that_is_swept_at_the_same_moment_is_as_good_as_new(stores: Stores, clock: ManualClock) -> None:
    expired = id_of(IdempotencyService(stores.keyed_requests, clock, UlidIds()), KEY)
    clock.advance(hours=24, seconds=1)
    sweeping = IdempotencyService(stores.keyed_requests, clock, UlidIds())
    store = WithRival(stores.keyed_requests, sweeping.sweep)

    assert id_of(IdempotencyService(store, clock, UlidIds()), KEY) != expired


def test_the_second_of_two_at_once_gets_what_the_first_created(stores: Stores, clock: ManualClock) -> None:
    """The first has claimed the key and created the thing between the look and the creation of the second."""
    made: list[str] = []
    replayed: list[bool] = []
    first = IdempotencyService(stores.keyed_requests, clock, UlidIds())
    first.once("ada", KEY, lambda _: None, lambda new_id: new_id)

    def create(new_id: str) -> str:
        made.append(new_id)
        raise AlreadyExists

    key = replace(KEY, on_replay=lambda: replayed.append(True))
    found = first.once("ada", key, lambda known_id: known_id if made else None, create)

    assert [found] == made
    assert replayed == [True]


def test_a_key_of_an_earlier_release_stands_for_its_job(stores: Stores, clock: ManualClock) -> None:
    request = KeyedRequest(KeyedRequest.id_for("ada", KEY.key), KEY.fingerprint, clock.now(), job_id="old")
    stores.keyed_requests.add(request)

    assert id_of(IdempotencyService(stores.keyed_requests, clock, UlidIds()), KEY) == "old"


def test_a_key_whose_request_was_refused_is_free_for_another(stores: Stores, clock: ManualClock) -> None:
    idempotency = IdempotencyService(stores.keyed_requests, clock, UlidIds())

    refused_id(idempotency)

    made: list[str] = []
    other = IdempotencyKey(KEY.key, "twenty questions")
    idempotency.once("ada", other, lambda known_id: known_id, lambda new_id: made.append(new_id) or new_id)
    assert len(made) == 1


def test_a_key_that_is_gone_needs_no_release(stores: Stores, clock: ManualClock) -> None:
    idempotency = IdempotencyService(stores.keyed_requests, clock, UlidIds())

    def forget_the_key() -> None:
        clock.advance(days=2)
        idempotency.sweep()

    assert refused_id(idempotency, forget_the_key) != id_of(idempotency, KEY)


def test_a_key_that_another_request_has_claimed_is_not_released(stores: Stores, clock: ManualClock) -> None:
    """The claim has expired by the time it is released, and the rival is faster."""
    idempotency, rivals = race(stores, clock, KEY)

    refused_id(idempotency, lambda: clock.advance(hours=24))

    assert [id_of(idempotency, KEY)] == rivals


def refused_id(idempotency: IdempotencyService, meanwhile: Callable[[], None] = lambda: None) -> str:
    """The id for which a request came that was refused, after something else had happened."""
    ids: list[str] = []

    def refuse(new_id: str) -> str:
        ids.append(new_id)
        meanwhile()
        raise Conflict("There are too many.")

    with pytest.raises(Conflict):
        idempotency.once("ada", KEY, lambda known_id: known_id, refuse)
    return ids[0]
