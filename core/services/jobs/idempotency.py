"""The same request, sent twice, does its work once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from core.domain.error_codes import ErrorCode
from core.domain.errors import AlreadyExists, DomainError, Invalid, VersionConflict
from core.domain.jobs.idempotency import IDEMPOTENCY_LIFETIME, IdempotencyKey, KeyedRequest
from ports.jobs import KeyedRequestRepository
from ports.system import Clock, Ids

T = TypeVar("T")


class IdempotencyService:
    """Creates or starts things once per key of a user.

    The claim of a key is stored first; the id of what is created follows from it. If a process dies between
    the claim and the creation, the next request with the key goes on with the same id.
    """

    def __init__(self, requests: KeyedRequestRepository, clock: Clock, ids: Ids) -> None:
        self._requests = requests
        self._clock = clock
        self._ids = ids

    def once(
        self,
        user_id: str,
        key: IdempotencyKey | None,
        find: Callable[[str], T | None],
        create: Callable[[str], T],
    ) -> T:
        """What the first request with the key created, as it is now, or else what `create` makes.

        Both are called with the id that it has or gets. What `create` raises passes through; a request that
        is refused does not use up its key. Raises Invalid (`idempotency_key_reused`) if the key came with
        another request before.
        """
        if key is None:
            return create(self._ids.new())
        resource_id, is_first = self._claim(user_id, key)
        known = None if is_first else find(resource_id)
        if known is not None:
            key.on_replay()
            return known
        try:
            return create(resource_id)
        except AlreadyExists:  # a request with the same key was faster, at this very moment
            known = find(resource_id)
            if known is None:
                raise
            key.on_replay()
            return known
        except DomainError:
            self._release(user_id, key)
            raise

    def _claim(self, user_id: str, key: IdempotencyKey) -> tuple[str, bool]:
        """The id that belongs to the key, and whether this request is the first with the key."""
        now = self._clock.now()
        claim = KeyedRequest(KeyedRequest.id_for(user_id, key.key), key.fingerprint, now)
        try:
            self._requests.add(claim)
            return self._resource_id(claim), True
        except AlreadyExists:
            known = self._requests.get(claim.id)
        if known is not None and known.has_expired(now):
            try:
                self._requests.save(replace(claim, version=known.version))
                return self._resource_id(claim), True
            except VersionConflict:
                known = self._requests.get(claim.id)
        if known is None:  # removed at this very moment, since it had expired
            return self._resource_id(claim), True
        return self._resource_id(_same(known, key)), False

    def _resource_id(self, request: KeyedRequest) -> str:
        return request.job_id or self._ids.derived(f"idempotency {request.id}", at=request.created_at)

    def _release(self, user_id: str, key: IdempotencyKey) -> None:
        """Let the key be used for any request again: the one that it was claimed for has been refused."""
        known = self._requests.get(KeyedRequest.id_for(user_id, key.key))
        if known is None:
            return
        try:
            self._requests.save(replace(known, created_at=known.created_at - IDEMPOTENCY_LIFETIME))
        except VersionConflict:  # another request has claimed it by now
            return

    def sweep(self) -> int:
        """Forget the keys whose time is over; how many."""
        return self._requests.remove_older(self._clock.now() - IDEMPOTENCY_LIFETIME)


def _same(known: KeyedRequest, key: IdempotencyKey) -> KeyedRequest:
    if known.fingerprint != key.fingerprint:
        raise Invalid(
            "This Idempotency-Key was used for another request. Use a new one.",
            code=ErrorCode.IDEMPOTENCY_KEY_REUSED,
        )
    return known
