"""Signing up, logging in, and the profile."""

from __future__ import annotations

from core.domain.error_codes import ErrorCode
from core.domain.errors import AlreadyExists, Conflict, NotAuthenticated, NotFound, TooManyRequests
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.identity.users import PendingEmail, User
from core.domain.mail.addresses import checked_email, email_key
from core.domain.mail.messages import Welcome
from core.services.identity.account_emails import AccountEmails
from core.services.identity.audit_log import AuditLog
from core.services.identity.logins import LoggedIn, LoginService
from core.services.identity.mailboxes import user_of_mailbox
from core.services.identity.passwords import PasswordService
from core.services.saving import save_with_retry
from ports.identity import UserRepository
from ports.system import Clock, Ids

_NOWHERE = Origin()


class AccountService:
    def __init__(
        self,
        users: UserRepository,
        logins: LoginService,
        passwords: PasswordService,
        emails: AccountEmails,
        audit_log: AuditLog,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._users = users
        self._logins = logins
        self._passwords = passwords
        self._emails = emails
        self._audit_log = audit_log
        self._clock = clock
        self._ids = ids

    def register(self, full_name: str, email: str, password: str, origin: Origin = _NOWHERE) -> LoggedIn:
        """A new user, logged in. Raises Invalid, or Conflict (`email_taken`)."""
        address = checked_email(email)
        key = email_key(address)
        self._passwords.check_new(password, address, field="password")
        if user_of_mailbox(self._users, address) is not None:
            raise _email_taken()
        now = self._clock.now()
        user = User(
            id=self._ids.new(),
            email=address,
            email_key=key,
            full_name=full_name,
            password_hash=self._passwords.hash(password),
            created_at=now,
            updated_at=now,
        )
        user = user.with_pending(PendingEmail.of(Welcome(), f"user {user.id}", now))
        try:
            self._users.add(user)
        except AlreadyExists:
            raise _email_taken() from None
        user = self._emails.post(user)
        self._audit_log.record(SecurityAction.REGISTERED, Outcome.SUCCEEDED, origin, user_id=user.id)
        return self._logins.open(user, origin)

    def login(self, email: str, password: str, origin: Origin = _NOWHERE) -> LoggedIn:
        """Raises NotAuthenticated (`invalid_credentials`), the same and as slowly for an unknown email.

        Raises TooManyRequests after too many failures for this account from this address.
        """
        user = user_of_mailbox(self._users, email)
        try:
            is_right = self._passwords.is_right(password, user, email, origin)
        except TooManyRequests:
            self._record_login(Outcome.REFUSED, user, email, origin, reason="too many failures")
            raise
        if user is None or not is_right:
            reason = "wrong password" if user else "unknown email"
            self._record_login(Outcome.FAILED, user, email, origin, reason=reason)
            raise _wrong_credentials()
        user = self._with_current_cost(user, password)
        logged_in = self._logins.open(user, origin)
        if self.profile(user.id).password_generation != user.password_generation:
            # It was changed while we compared: whoever changed it has ended the logins that were there.
            self._logins.withdraw(logged_in)
            self._record_login(Outcome.FAILED, user, email, origin, reason="password changed meanwhile")
            raise _wrong_credentials()
        self._record_login(Outcome.SUCCEEDED, user, email, origin)
        return logged_in

    def _record_login(
        self, outcome: Outcome, user: User | None, email: str, origin: Origin, *, reason: str = ""
    ) -> None:
        if user is not None:
            self._audit_log.record(SecurityAction.LOGGED_IN, outcome, origin, user_id=user.id, reason=reason)
        else:
            self._audit_log.record(SecurityAction.LOGGED_IN, outcome, origin, email=email, reason=reason)

    def _with_current_cost(self, user: User, password: str) -> User:
        """The user, with the password hashed again if its hash was made at a lower cost than today's."""
        outdated = user.password_hash
        renewed = self._passwords.rehashed(password, user)
        if renewed is None:
            return user

        def renew(current: User) -> User:
            if current.password_generation != user.password_generation:
                raise _wrong_credentials()
            if current.password_hash != outdated:  # another login was faster
                return current
            return current.with_password_hash(renewed, self._clock.now())

        return save_with_retry(lambda: self.profile(user.id), renew, self._users.save)

    def profile(self, user_id: str) -> User:
        """Raises NotFound."""
        user = self._users.get(user_id)
        if user is None:
            raise NotFound("user")
        return user

    def change_profile(
        self, user_id: str, *, full_name: str | None = None, expected_version: int | None = None
    ) -> User:
        """Change what is given. Raises NotFound, PreconditionFailed."""

        def changed(user: User) -> User:
            return user if full_name is None else user.renamed(full_name, self._clock.now())

        return save_with_retry(
            lambda: self.profile(user_id), changed, self._users.save, expected_version=expected_version
        )


def _wrong_credentials() -> NotAuthenticated:
    return NotAuthenticated("The email or the password is wrong.", code=ErrorCode.INVALID_CREDENTIALS)


def _email_taken() -> Conflict:
    return Conflict("An account with this email address exists already.", code=ErrorCode.EMAIL_TAKEN)
