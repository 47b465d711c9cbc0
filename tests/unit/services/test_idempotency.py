"""What only a race can show, with the rival's write put exactly between the read and the write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from adapters.system.ids import UlidIds
from core.domain.errors import Invalid
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


def race(
    stores: Stores, clock: ManualClock, rivals_key: IdempotencyKey, *, is_known: bool = True
) -> tuple[IdempotencyService, list[str]]:
    """Who asks, and what the rival gets."""
    rivals: list[str] = []
    rival = IdempotencyService(stores.keyed_requests, clock, UlidIds())
    store = WithRival(
        stores.keyed_requests,
        lambda: rivals.append(rival.claim("ada", rivals_key)[0]),
        before_add=not is_known,
    )
    return IdempotencyService(store, clock, UlidIds()), rivals


def test_of_two_with_a_new_key_both_get_what_the_faster_one_wrote(stores: Stores, clock: ManualClock) -> None:
    idempotency, rivals = race(stores, clock, KEY, is_known=False)

    assert [idempotency.claim("ada", KEY)[0]] == rivals


def test_of_two_with_an_expired_key_both_get_what_the_faster_one_wrote(
    stores: Stores, clock: ManualClock
) -> None:
    expired = IdempotencyService(stores.keyed_requests, clock, UlidIds()).claim("ada", KEY)[0]
    clock.advance(hours=24)
    idempotency, rivals = race(stores, clock, KEY)

    assert [idempotency.claim("ada", KEY)[0]] == rivals
    assert expired not in rivals


@pytest.mark.parametrize("is_known", [False, True])
def test_of_two_different_requests_with_one_key_the_slower_is_refused(
    stores: Stores, clock: ManualClock, is_known: bool
) -> None:
    if is_known:
        IdempotencyService(stores.keyed_requests, clock, UlidIds()).claim("ada", KEY)[0]
        clock.advance(hours=24)
    idempotency, _ = race(stores, clock, IdempotencyKey(KEY.key, "twenty questions"), is_known=is_known)

    with pytest.raises(Invalid) as refusal:
        idempotency.claim("ada", KEY)[0]
    assert refusal.value.code == "idempotency_key_reused"


def test_a_key_that_is_swept_at_the_same_moment_is_as_good_as_new(stores: Stores, clock: ManualClock) -> None:
    expired = IdempotencyService(stores.keyed_requests, clock, UlidIds()).claim("ada", KEY)[0]
    clock.advance(hours=24, seconds=1)
    sweeping = IdempotencyService(stores.keyed_requests, clock, UlidIds())
    store = WithRival(stores.keyed_requests, sweeping.sweep)

    assert IdempotencyService(store, clock, UlidIds()).claim("ada", KEY)[0] != expired


def test_a_key_that_is_released_is_free_for_another_request(stores: Stores, clock: ManualClock) -> None:
    idempotency = IdempotencyService(stores.keyed_requests, clock, UlidIds())
    refused, _ = idempotency.claim("ada", KEY)

    idempotency.release("ada", KEY)

    job_id, is_new = idempotency.claim("ada", IdempotencyKey(KEY.key, "twenty questions"))
    assert is_new
    assert job_id != refused


def test_a_key_that_is_gone_needs_no_release(stores: Stores, clock: ManualClock) -> None:
    idempotency = IdempotencyService(stores.keyed_requests, clock, UlidIds())

    idempotency.release("ada", KEY)

    assert idempotency.claim("ada", KEY)[1]


def test_a_key_that_another_request_has_claimed_is_not_released(stores: Stores, clock: ManualClock) -> None:
    """The first claim has expired by the time it is released, and the rival is faster."""
    IdempotencyService(stores.keyed_requests, clock, UlidIds()).claim("ada", KEY)
    clock.advance(hours=24)
    idempotency, rivals = race(stores, clock, KEY)

    idempotency.release("ada", KEY)

    assert [idempotency.claim("ada", KEY)[0]] == rivals
