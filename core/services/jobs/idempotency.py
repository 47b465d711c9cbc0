"""The same request, sent twice, does its work once."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import AlreadyExists, Invalid, VersionConflict
from core.domain.jobs.idempotency import IDEMPOTENCY_LIFETIME, IdempotencyKey, KeyedRequest
from ports.jobs import KeyedRequestRepository
from ports.system import Clock, Ids


class IdempotencyService:
    """Binds a user's key to the id of a job, which is written into the ledger after it.

    If a process dies between the two writes, the next request with the key finds the id and
    writes the job.
    """

    def __init__(self, requests: KeyedRequestRepository, clock: Clock, ids: Ids) -> None:
        self._requests = requests
        self._clock = clock
        self._ids = ids

    def claim(self, user_id: str, key: IdempotencyKey) -> tuple[str, bool]:
        """The id of the job that the key stands for, and whether this request is the first with the key.

        Raises Invalid (`idempotency_key_reused`) if the key came with another request before.
        """
        now = self._clock.now()
        claim = KeyedRequest(
            id=KeyedRequest.id_for(user_id, key.key),
            fingerprint=key.fingerprint,
            job_id=self._ids.new(),
            created_at=now,
        )
        try:
            self._requests.add(claim)
            return claim.job_id, True
        except AlreadyExists:
            known = self._requests.get(claim.id)
        if known is not None and known.has_expired(now):
            try:
                self._requests.save(replace(claim, version=known.version))
                return claim.job_id, True
            except VersionConflict:
                known = self._requests.get(claim.id)
        if known is None:  # removed at this very moment, since it had expired
            return claim.job_id, True
        return _same(known, key).job_id, False

    def release(self, user_id: str, key: IdempotencyKey) -> None:
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
            code="idempotency_key_reused",
        )
    return known
