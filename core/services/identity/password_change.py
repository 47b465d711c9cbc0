"""Change a password, given the current one."""

from __future__ import annotations

from core.domain.error_codes import ErrorCode
from core.domain.errors import Invalid, NotFound, TooManyRequests
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.identity.logins import Identity
from core.domain.identity.users import PendingEmail, User
from core.domain.mail.messages import PasswordChanged
from core.services.identity.account_emails import AccountEmails
from core.services.identity.audit_log import AuditLog
from core.services.identity.logins import LoginService
from core.services.identity.passwords import PasswordService
from core.services.saving import save_with_retry
from ports.identity import UserRepository
from ports.system import Clock


class PasswordChangeService:
    def __init__(
        self,
        users: UserRepository,
        logins: LoginService,
        passwords: PasswordService,
        emails: AccountEmails,
        audit_log: AuditLog,
        clock: Clock,
    ) -> None:
        self._users = users
        self._logins = logins
        self._passwords = passwords
        self._emails = emails
        self._audit_log = audit_log
        self._clock = clock

    def change(self, identity: Identity, current_password: str, new_password: str, origin: Origin) -> None:
        """Set the new password and end all other logins.

        Raises Invalid (`current_password_wrong`, or a rule's code), TooManyRequests, Unavailable
        (`passwords_busy`).
        """
        user = self._users.get(identity.user_id)
        if user is None:
            raise NotFound("user")
        try:
            self._check_current(user, current_password, origin)
            self._passwords.check_change(new_password, user, field="new_password")
        except (Invalid, TooManyRequests) as refusal:
            outcome = Outcome.REFUSED if isinstance(refusal, TooManyRequests) else Outcome.FAILED
            self._audit_log.record(
                SecurityAction.PASSWORD_CHANGED, outcome, origin, user_id=user.id, reason=refusal.code.value
            )
            raise
        password_hash = self._passwords.hash(new_password)
        self._logins.end_all(user.id, but=identity.login_id)  # first: if that fails, nothing has happened
        self.set(user, password_hash, origin)
        self._audit_log.record(SecurityAction.PASSWORD_CHANGED, Outcome.SUCCEEDED, origin, user_id=user.id)
        self._logins.end_all(user.id, but=identity.login_id)  # what the old password has opened meanwhile

    def _check_current(self, user: User, current_password: str, origin: Origin) -> None:
        if self._passwords.is_right(current_password, user, user.email, origin):
            return
        raise Invalid(
            "The current password is wrong.",
            code=ErrorCode.CURRENT_PASSWORD_WRONG,
            errors={"current_password": ["Is wrong."]},
        )

    def set(self, user: User, password_hash: str, origin: Origin) -> None:
        """Make it the user's password, and tell them by mail. It has been checked before."""

        def load() -> User:
            found = self._users.get(user.id)
            if found is None:
                raise NotFound("user")
            return found

        def with_new_password(current: User) -> User:
            now = self._clock.now()
            changed = current.with_new_password(password_hash, now)
            notice = PasswordChanged(now, origin.address, origin.user_agent)
            cause = f"password {changed.password_generation} of {changed.id}"
            return changed.with_pending(PendingEmail.of(notice, cause, now))

        self._emails.post(save_with_retry(load, with_new_password, self._users.save))
