"""Verification of email addresses, and what is refused without it."""

from __future__ import annotations

from core.domain.error_codes import ErrorCode
from core.domain.errors import Forbidden, NotFound, TooManyRequests
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.identity.users import User
from core.domain.mail.messages import EmailVerification
from core.services.identity.audit_log import AuditLog
from core.services.mail.outbox import OutboxService
from core.services.mail.verification_links import VerificationLinks, invalid_token
from core.services.saving import save_with_retry
from ports.identity import UserRepository
from ports.rate_limits import RateLimiter
from ports.system import System

VERIFICATION_EMAILS_PER_USER = "3 per hour; 10 per day"


class EmailVerificationService:
    """`is_required` refuses what costs the installation money until the address is verified."""

    def __init__(
        self,
        users: UserRepository,
        links: VerificationLinks,
        outbox: OutboxService,
        limiter: RateLimiter,
        audit_log: AuditLog,
        system: System,
        *,
        is_required: bool,
    ) -> None:
        self._users = users
        self._links = links
        self._outbox = outbox
        self._limiter = limiter
        self._audit_log = audit_log
        self._clock = system.clock
        self._ids = system.ids
        self._is_required = is_required

    def send_again(self, user_id: str) -> None:
        """Send an email with a new link, unless the address is verified. Raises NotFound, TooManyRequests."""
        user = self._user(user_id)
        if user.has_verified_email:
            return
        result = self._limiter.hit(VERIFICATION_EMAILS_PER_USER, "verification", user.id)
        if not result.is_allowed:
            raise TooManyRequests(
                "Too many verification emails were asked for. Wait before the next one.",
                retry_after_seconds=result.reset_seconds,
                code=ErrorCode.TOO_MANY_VERIFICATION_EMAILS,
            )
        self._outbox.post(
            EmailVerification(), user.recipient, cause=self._ids.new(), caused_at=self._clock.now()
        )

    def verify(self, token: str, origin: Origin) -> None:
        """Mark the address that the token was sent to as verified. Doing it twice changes nothing.

        Raises Malformed (`verification_token_invalid`, `verification_token_expired`).
        """
        sent = self._links.read(token)
        is_new = False

        def with_verified_email(user: User) -> User:
            nonlocal is_new
            if not sent.is_for(user.email):  # the user has another address by now
                raise invalid_token()
            is_new = not user.has_verified_email
            return user.with_verified_email(self._clock.now())

        try:
            save_with_retry(lambda: self._user(sent.recipient_id), with_verified_email, self._users.save)
        except NotFound:
            raise invalid_token() from None
        if is_new:
            self._audit_log.record(
                SecurityAction.EMAIL_VERIFIED, Outcome.SUCCEEDED, origin, user_id=sent.recipient_id
            )

    def check_verified(self, user_id: str) -> None:
        """Raises Forbidden (`email_not_verified`) where a verified address is required and missing."""
        if self._is_required and not self._user(user_id).has_verified_email:
            raise Forbidden(
                "Verify your email address first, with the link in the email that we sent you.",
                code=ErrorCode.EMAIL_NOT_VERIFIED,
            )

    def _user(self, user_id: str) -> User:
        user = self._users.get(user_id)
        if user is None:
            raise NotFound("user")
        return user
