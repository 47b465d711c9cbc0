"""Password reset, second step: a reset token sets a new password once."""

from __future__ import annotations

from typing import NoReturn

from core.domain.error_codes import ErrorCode
from core.domain.errors import Invalid, Malformed
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.identity.users import User
from core.domain.mail.addresses import email_key
from core.services.identity.audit_log import AuditLog
from core.services.identity.logins import LoginService
from core.services.identity.password_change import PasswordChangeService
from core.services.identity.passwords import PasswordService
from core.services.identity.reset_secrets import ResetSecrets
from ports.identity import UserRepository


class PasswordResetService:
    def __init__(
        self,
        users: UserRepository,
        logins: LoginService,
        secrets: ResetSecrets,
        passwords: PasswordService,
        password_change: PasswordChangeService,
        audit_log: AuditLog,
    ) -> None:
        self._users = users
        self._logins = logins
        self._secrets = secrets
        self._passwords = passwords
        self._password_change = password_change
        self._audit_log = audit_log

    def confirm(self, reset_token: str, new_password: str, origin: Origin) -> None:
        """Set the password, end all logins, and email a notice.

        Raises Malformed (`reset_token_invalid`), Unavailable, or Invalid with the code of the broken password
        rule, after which the token stays valid.
        """
        user = self._holder(reset_token)
        if user is None:
            self._refuse_token(None, origin)
        try:
            self._passwords.check_change(new_password, user, field="new_password")
        except Invalid as broken:
            self._record(Outcome.FAILED, origin, user.id, broken.code.value)
            raise
        password_hash = self._passwords.hash(new_password)
        self._logins.end_all(user.id)  # before the change: if it fails, the token is still valid
        if not self._secrets.use_token(reset_token, user):
            self._refuse_token(user, origin)
        self._password_change.set(user, password_hash, origin)
        self._record(Outcome.SUCCEEDED, origin, user.id)
        self._logins.end_all(user.id)  # logins opened with the old password in the meantime
        self._secrets.forget_otp(email_key(user.email))

    def _holder(self, reset_token: str) -> User | None:
        """The user whose password the token sets, or None if that password has changed since."""
        user_id = self._secrets.user_id_of(reset_token)
        user = self._users.get(user_id) if user_id else None
        return user if user is not None and self._secrets.is_valid_for(reset_token, user) else None

    def _refuse_token(self, user: User | None, origin: Origin) -> NoReturn:
        self._record(Outcome.FAILED, origin, user.id if user else None, "no such token")
        raise Malformed("The reset token is not valid. Start again.", code=ErrorCode.RESET_TOKEN_INVALID)

    def _record(self, outcome: Outcome, origin: Origin, user_id: str | None, reason: str = "") -> None:
        action = SecurityAction.PASSWORD_RESET_CONFIRMED
        self._audit_log.record(action, outcome, origin, user_id=user_id, reason=reason)
