"""Slowing down who guesses passwords, without locking out whom they guess at.

Attempts are counted per account and address: the owner, who is elsewhere, never meets the limit. An
attempt counts before its password is compared, so that guesses at the same moment cannot pass the limit
together. It is given back when the password was right.
"""

from __future__ import annotations

from core.domain.error_codes import ErrorCode
from core.domain.errors import TooManyRequests, Unavailable
from core.domain.identity.audit import Origin
from core.domain.mail.addresses import email_key
from ports.rate_limits import RateLimiter, RateLimitResult
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
        """Count the attempt and let it pass, late after some failures.

        Raises TooManyRequests after too many failures, Unavailable while so many attempts are being
        judged that they might be too many.
        """
        result = self._limiter.hit(_RULE, "login attempt", email_key(email), origin.address)
        if not result.is_allowed:
            raise self._refusal(result, email, origin)
        failures = MAX_FAILURES - result.remaining - 1
        if failures > _FREE_FAILURES:
            self._sleeper.wait(_PAUSE_SECONDS * (failures - _FREE_FAILURES))

    def _refusal(self, result: RateLimitResult, email: str, origin: Origin) -> TooManyRequests | Unavailable:
        failed = self._limiter.peek(_RULE, "failed login", email_key(email), origin.address)
        if failed.remaining > 0:
            return Unavailable(
                "Too many logins of this account are being checked. Try again in a moment.",
                retry_after_seconds=1,
                code=ErrorCode.PASSWORDS_BUSY,
            )
        return TooManyRequests(
            "Too many failed logins. Wait, or reset the password.",
            retry_after_seconds=max(result.reset_seconds, 1),
            code=ErrorCode.TOO_MANY_FAILED_LOGINS,
        )

    def failed(self, email: str, origin: Origin) -> None:
        """The attempt was judged, and goes on to count."""
        self._limiter.hit(_RULE, "failed login", email_key(email), origin.address)

    def give_back(self, email: str, origin: Origin) -> None:
        """The attempt does not count: its password was right, or nobody has judged it."""
        self._limiter.give_back(_RULE, "login attempt", email_key(email), origin.address)
