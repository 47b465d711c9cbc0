"""Password reset, first step: an emailed one-time password is exchanged for a reset token.

Responses and their timing do not reveal whether an email address has an account.
"""

from __future__ import annotations

from datetime import timedelta

from core.domain.error_codes import ErrorCode
from core.domain.errors import Malformed, TooManyRequests
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.identity.users import User
from core.domain.mail.addresses import checked_email, email_key
from core.domain.mail.messages import OneTimePassword
from core.services.identity.audit_log import AuditLog
from core.services.identity.mailboxes import user_of_mailbox
from core.services.identity.reset_secrets import OTP_LIFETIME, ResetSecrets
from core.services.mail.outbox import OutboxService
from ports.identity import UserRepository
from ports.rate_limits import RateLimiter
from ports.system import System

REQUESTS_PER_EMAIL = "3 per hour"
REQUESTS_PER_ADDRESS = "20 per hour"
_ANSWER_AFTER = timedelta(milliseconds=150)
"""The response time of every request, with or without an account."""


class PasswordResetOtpService:
    def __init__(
        self,
        users: UserRepository,
        secrets: ResetSecrets,
        limiter: RateLimiter,
        outbox: OutboxService,
        audit_log: AuditLog,
        system: System,
    ) -> None:
        self._users = users
        self._secrets = secrets
        self._limiter = limiter
        self._outbox = outbox
        self._audit_log = audit_log
        self._clock = system.clock
        self._ids = system.ids
        self._sleeper = system.sleeper

    def request(self, email: str, origin: Origin) -> None:
        """Email a one-time password if there is an account. It replaces an earlier one.

        Raises Invalid for a malformed email address, TooManyRequests, Unavailable.
        """
        began_at = self._clock.now()
        address = checked_email(email)
        key = email_key(address)
        user = user_of_mailbox(self._users, address)
        self._check_limits(key, user, origin)
        otp = self._secrets.new_otp(key)
        if user is not None:
            message = OneTimePassword(otp=otp, minutes=int(OTP_LIFETIME.total_seconds() // 60))
            self._outbox.post(message, user.recipient, cause=self._ids.new(), caused_at=began_at)
        self._record(SecurityAction.PASSWORD_RESET_REQUESTED, Outcome.SUCCEEDED, user, key, origin)
        spent = self._clock.now() - began_at
        self._sleeper.wait(max((_ANSWER_AFTER - spent).total_seconds(), 0))

    def _check_limits(self, key: str, user: User | None, origin: Origin) -> None:
        """Check the client's address first: a client over its limit must not use up another user's limit."""
        for rule, *who in (
            (REQUESTS_PER_ADDRESS, "otp address", origin.address),
            (REQUESTS_PER_EMAIL, "otp email", key),
        ):
            result = self._limiter.hit_strictly(rule, *who)
            if not result.is_allowed:
                self._record(SecurityAction.PASSWORD_RESET_REQUESTED, Outcome.REFUSED, user, key, origin)
                raise TooManyRequests(
                    "Too many password resets were asked for. Wait before the next one.",
                    retry_after_seconds=result.reset_seconds,
                    code=ErrorCode.TOO_MANY_OTP_REQUESTS,
                )

    def verify(self, email: str, otp: str, origin: Origin) -> str:
        """A reset token for a correct one-time password, which can be used once.

        Raises Malformed (`otp_invalid`) if it is wrong, expired, used, or void after 5 wrong tries;
        Unavailable.
        """
        key = email_key(email)
        user = user_of_mailbox(self._users, email)
        if not self._secrets.use_otp(key, otp, user) or user is None:
            self._record(SecurityAction.PASSWORD_RESET_VERIFIED, Outcome.FAILED, user, key, origin)
            raise Malformed(
                "The one-time password is wrong or no longer valid. Ask for a new one.",
                code=ErrorCode.OTP_INVALID,
            )
        token = self._secrets.new_token(user)
        self._record(SecurityAction.PASSWORD_RESET_VERIFIED, Outcome.SUCCEEDED, user, key, origin)
        return token

    def _record(
        self, action: SecurityAction, outcome: Outcome, user: User | None, key: str, origin: Origin
    ) -> None:
        if user is not None:
            self._audit_log.record(action, outcome, origin, user_id=user.id)
        else:
            self._audit_log.record(action, outcome, origin, email=key, reason="no account")
