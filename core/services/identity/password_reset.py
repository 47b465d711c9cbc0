"""A new password for who has forgotten the old one but reads the account's mail.

A one-time password goes out by mail; it is exchanged for a reset token; that sets the password.
Answers and their timing do not tell whether an email address has an account.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import NoReturn

from core.domain.errors import Invalid, Malformed, TooManyRequests
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.identity.users import User
from core.domain.mail.addresses import checked_email, email_key
from core.domain.mail.emails import EmailKind
from core.services.identity.audit_log import AuditLog
from core.services.identity.logins import LoginService
from core.services.identity.password_change import PasswordChangeService
from core.services.identity.password_rules import PasswordRules
from core.services.mail.outbox import OutboxService
from ports.cryptography import Vault
from ports.identity import OneTimeSecrets, UserRepository
from ports.rate_limits import RateLimiter
from ports.system import Clock, Ids, Randomness, Sleeper

OTP_LIFETIME = timedelta(minutes=10)
RESET_TOKEN_LIFETIME = timedelta(minutes=10)
OTP_DIGITS = 6
MAX_OTP_TRIES = 5
REQUESTS_PER_EMAIL = "3 per hour"
REQUESTS_PER_ADDRESS = "20 per hour"
_ANSWER_AFTER = timedelta(milliseconds=150)
"""Every request is answered this long after it came, whether or not there was an account to write to."""


class PasswordResetService:
    def __init__(
        self,
        users: UserRepository,
        logins: LoginService,
        secrets: OneTimeSecrets,
        limiter: RateLimiter,
        rules: PasswordRules,
        passwords: PasswordChangeService,
        outbox: OutboxService,
        trail: AuditLog,
        vault: Vault,
        clock: Clock,
        ids: Ids,
        chance: Randomness,
        pause: Sleeper,
    ) -> None:
        self._users = users
        self._logins = logins
        self._secrets = secrets
        self._limiter = limiter
        self._rules = rules
        self._passwords = passwords
        self._outbox = outbox
        self._trail = trail
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._chance = chance
        self._pause = pause

    def request(self, email: str, origin: Origin) -> None:
        """Mail a one-time password, if there is an account; it replaces an earlier one.

        Raises Invalid for what is no email address, TooManyRequests, Unavailable.
        """
        began_at = self._clock.now()
        key = email_key(checked_email(email))
        user = self._users.by_email_key(key)
        self._check_limits(key, user, origin)
        otp = self._chance.digits(OTP_DIGITS)
        self._secrets.put(_otp_key(key), self._otp_digest(key, otp), int(OTP_LIFETIME.total_seconds()))
        if user is not None:
            self._outbox.post(
                EmailKind.OTP,
                user,
                {"minutes": int(OTP_LIFETIME.total_seconds() // 60)},
                cause=self._ids.new(),
                caused_at=began_at,
                secret_context={"otp": otp},
            )
        self._record(SecurityAction.PASSWORD_RESET_REQUESTED, Outcome.SUCCEEDED, user, key, origin)
        spent = self._clock.now() - began_at
        self._pause.wait(max((_ANSWER_AFTER - spent).total_seconds(), 0))

    def _check_limits(self, key: str, user: User | None, origin: Origin) -> None:
        """First of the address: who is over that limit must not use up the other one, of somebody else."""
        for rule, *who in (
            (REQUESTS_PER_ADDRESS, "otp address", origin.address),
            (REQUESTS_PER_EMAIL, "otp email", key),
        ):
            verdict = self._limiter.hit_strictly(rule, *who)
            if not verdict.is_allowed:
                self._record(SecurityAction.PASSWORD_RESET_REQUESTED, Outcome.REFUSED, user, key, origin)
                raise TooManyRequests(
                    "Too many password resets were asked for. Wait before the next one.",
                    retry_after_seconds=verdict.reset_seconds,
                    code="too_many_otp_requests",
                )

    def verify(self, email: str, otp: str, origin: Origin) -> str:
        """A reset token for a right one-time password, which is used up by it.

        Raises Malformed (`otp_invalid`): wrong, expired, used, or void after 5 wrong tries; Unavailable.
        """
        key = email_key(email)
        user = self._users.by_email_key(key)
        expected = self._secrets.take_try(_otp_key(key), MAX_OTP_TRIES)
        offered = self._otp_digest(key, otp)
        is_right = hmac.compare_digest((expected or "").encode(), offered.encode())
        if user is None or not is_right or not self._secrets.consume(_otp_key(key), offered):
            self._record(SecurityAction.PASSWORD_RESET_VERIFIED, Outcome.FAILED, user, key, origin)
            raise Malformed(
                "The one-time password is wrong or no longer valid. Ask for a new one.", code="otp_invalid"
            )
        token = self._chance.token()
        lifetime_seconds = int(RESET_TOKEN_LIFETIME.total_seconds())
        self._secrets.put(self._token_key(token), self._token_value(user), lifetime_seconds)
        self._record(SecurityAction.PASSWORD_RESET_VERIFIED, Outcome.SUCCEEDED, user, key, origin)
        return token

    def confirm(self, reset_token: str, new_password: str, origin: Origin) -> None:
        """Set the password, once, end all logins, and tell the user by mail.

        Raises Malformed (`reset_token_invalid`), Invalid with the code of the rule that the password
        breaks (the token stays good then), Unavailable.
        """
        token_key = self._token_key(reset_token)
        user = self._holder(self._secrets.peek(token_key))
        if user is None:
            self._refuse_token(None, origin)
        try:
            self._rules.check_change(new_password, user, field="new_password")
        except Invalid as broken:
            self._trail.record(
                SecurityAction.PASSWORD_RESET_CONFIRMED,
                Outcome.FAILED,
                origin,
                user_id=user.id,
                reason=broken.code,
            )
            raise
        self._logins.end_all(user.id)  # first: if that fails, the token is still good
        if not self._secrets.consume(token_key, self._token_value(user)):
            self._refuse_token(user, origin)
        self._passwords.set(user, new_password, origin)
        self._trail.record(
            SecurityAction.PASSWORD_RESET_CONFIRMED, Outcome.SUCCEEDED, origin, user_id=user.id
        )
        self._logins.end_all(user.id)  # what the old password has opened meanwhile
        self._secrets.remove(_otp_key(user.email_key))

    def _holder(self, token_value: str | None) -> User | None:
        """Whom the token is good for: nobody, once that user's password has been changed."""
        user = self._users.get(token_value.partition(" ")[0]) if token_value else None
        return user if user is not None and token_value == self._token_value(user) else None

    def _refuse_token(self, user: User | None, origin: Origin) -> NoReturn:
        self._trail.record(
            SecurityAction.PASSWORD_RESET_CONFIRMED,
            Outcome.FAILED,
            origin,
            user_id=user.id if user else None,
            reason="no such token",
        )
        raise Malformed("The reset token is not valid. Start again.", code="reset_token_invalid")

    def _record(
        self, action: SecurityAction, outcome: Outcome, user: User | None, key: str, origin: Origin
    ) -> None:
        if user is not None:
            self._trail.record(action, outcome, origin, user_id=user.id)
        else:
            self._trail.record(action, outcome, origin, email=key, reason="no account")

    def _otp_digest(self, key: str, otp: str) -> str:
        return self._vault.digest("otp", f"{key} {otp}")

    def _token_key(self, token: str) -> str:
        return f"reset {self._vault.digest('reset token', token)}"

    def _token_value(self, user: User) -> str:
        """The user, with the password that is to be replaced: with it, all tokens for it are void."""
        return f"{user.id} {self._vault.digest('password to be reset', user.password_hash)}"


def _otp_key(key: str) -> str:
    return f"otp {key}"
