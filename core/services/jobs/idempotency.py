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

    def known_job_id(self, user_id: str, key: IdempotencyKey) -> str | None:
        """The id that the key stands for already. Raises Invalid (`idempotency_key_reused`)."""
        known = self._requests.get(KeyedRequest.id_for(user_id, key.key))
        if known is None or known.has_expired(self._clock.now()):
            return None
        return _same(known, key).job_id

    def job_id(self, user_id: str, key: IdempotencyKey) -> str:
        """The id for the job: the one that the key stands for, or a new one that it stands for from now on.

        Raises Invalid (`idempotency_key_reused`) if the key came with another request before.
        """
        now = self._clock.now()
        claim = KeyedRequest(
            id=KeyedRequest.id_for(user_id, key.key),
            fingerprint=key.fingerprint,
            job_id=self._ids.new(),
            created_at=now,
        )
        known = self._requests.get(claim.id)
        try:
            if known is None:
                self._requests.add(claim)
            elif known.has_expired(now):
                self._requests.save(replace(claim, version=known.version))
            else:
                return _same(known, key).job_id
        except (AlreadyExists, VersionConflict):
            winner = self._requests.get(claim.id)
            if winner is not None:
                return _same(winner, key).job_id
        return claim.job_id

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
