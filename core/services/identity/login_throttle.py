"""Slowing down who guesses passwords, without locking out whom they guess at.

Failures are counted per account and address: the owner, who is elsewhere, never meets the limit.
"""

from __future__ import annotations

from core.domain.error_codes import ErrorCode
from core.domain.errors import TooManyRequests
from core.domain.identity.audit import Origin
from core.domain.mail.addresses import email_key
from ports.rate_limits import RateLimiter
from ports.system import Sleeper

MAX_FAILURES = 10
_RULE = f"{MAX_FAILURES} per 15 minutes"
_FREE_FAILURES = 5
_PAUSE_SECONDS = 0.25


class LoginThrottle:
    def __init__(self, limiter: RateLimiter, sleeper: Sleeper) -> None:
        self._limiter = limiter
        self._sleeper = sleeper

    def admit(self, email: str, origin: Origin) -> None:
        """Let the attempt pass, late after some failures. Raises TooManyRequests after too many."""
        verdict = self._limiter.peek(_RULE, "failed login", email_key(email), origin.address)
        if verdict.remaining <= 0:
            raise TooManyRequests(
                "Too many failed logins. Wait, or reset the password.",
                retry_after_seconds=max(verdict.reset_seconds, 1),
                code=ErrorCode.TOO_MANY_FAILED_LOGINS,
            )
        failures = MAX_FAILURES - verdict.remaining
        if failures > _FREE_FAILURES:
            self._sleeper.wait(_PAUSE_SECONDS * (failures - _FREE_FAILURES))

    def failed(self, email: str, origin: Origin) -> None:
        self._limiter.hit(_RULE, "failed login", email_key(email), origin.address)
