"""Signing up, logging in and out, and the profile."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.accounts import (
    ACCESS_TOKEN_LIFETIME,
    LOGIN_LIFETIME,
    Identity,
    Login,
    User,
    checked_email,
    email_key,
)
from core.domain.errors import AlreadyExists, Conflict, NotAuthenticated, NotFound
from core.services.login_watch import LoginWatch
from core.services.optimistic import change
from ports.clock import Chance, Clock, Ids
from ports.repositories import Logins, Users
from ports.security import PasswordHasher, Tokens


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login that has just been made or refreshed, with the tokens that prove it."""

    user: User
    access_token: str
    refresh_token: str
    expires_in_seconds: int


class Accounts:
    def __init__(
        self,
        users: Users,
        logins: Logins,
        passwords: PasswordHasher,
        tokens: Tokens,
        login_watch: LoginWatch,
        clock: Clock,
        ids: Ids,
        chance: Chance,
    ) -> None:
        self._users = users
        self._logins = logins
        self._passwords = passwords
        self._tokens = tokens
        self._login_watch = login_watch
        self._clock = clock
        self._ids = ids
        self._chance = chance

    def register(self, full_name: str, email: str, password: str) -> LoggedIn:
        """A new user, logged in. Raises Invalid, or Conflict (`email_taken`)."""
        address = checked_email(email)
        key = email_key(address)
        if self._users.by_email_key(key) is not None:
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
        try:
            self._users.add(user)
        except AlreadyExists:
            raise _email_taken() from None
        return self._log_in(user)

    def login(self, email: str, password: str) -> LoggedIn:
        """Raises NotAuthenticated (`invalid_credentials`), the same and as slowly for an unknown email."""
        user = self._users.by_email_key(email_key(email))
        if not self._passwords.matches(password, user.password_hash if user else None) or user is None:
            raise NotAuthenticated("The email or the password is wrong.", code="invalid_credentials")
        if self._passwords.is_outdated(user.password_hash):
            user = self._rehashed(user, password)
        return self._log_in(user)

    def _rehashed(self, user: User, password: str) -> User:
        outdated = user.password_hash
        renewed = self._passwords.hash(password)

        def renew(current: User) -> User:
            if current.password_hash != outdated:
                return current
            return current.with_password_hash(renewed, self._clock.now())

        return change(lambda: self.profile(user.id), renew, self._users.save)

    def _log_in(self, user: User) -> LoggedIn:
        now = self._clock.now()
        login = Login(
            id=self._ids.new(),
            user_id=user.id,
            nonce=self._chance.token(),
            created_at=now,
            expires_at=now + LOGIN_LIFETIME,
        )
        self._logins.add(login)
        return self._with_tokens(user, login)

    def _with_tokens(self, user: User, login: Login) -> LoggedIn:
        now = self._clock.now()
        return LoggedIn(
            user=user,
            access_token=self._tokens.access(login, now, now + ACCESS_TOKEN_LIFETIME),
            refresh_token=self._tokens.refresh(login),
            expires_in_seconds=int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        )

    def refresh(self, refresh_token: str) -> LoggedIn:
        """New tokens for old; an old one that comes a second time ends the login.

        (RFC 9700, 4.14.2: of a thief and the owner, one comes second.) Raises NotAuthenticated.
        """

        def rotate(login: Login) -> Login:
            generation = self._tokens.generation_of(refresh_token, login)
            now = self._clock.now()
            if generation is None or not login.is_active(now):
                raise _refresh_refused()
            return login.rotated(now) if generation == login.generation else login.ended(now)

        login_id = self._tokens.login_id_of(refresh_token)
        if login_id is None:
            raise _refresh_refused()
        login = change(lambda: self._login(login_id), rotate, self._logins.save)
        if login.ended_at is not None:
            self._login_watch.forget(login.id)
            raise _refresh_refused()
        return self._with_tokens(self.profile(login.user_id), login)

    def _login(self, login_id: str) -> Login:
        login = self._logins.get(login_id)
        if login is None:
            raise _refresh_refused()
        return login

    def logout(self, identity: Identity) -> None:
        """End this login. Nothing happens if it has ended already."""
        change(
            lambda: self._login(identity.login_id),
            lambda login: login.ended(self._clock.now()),
            self._logins.save,
        )
        self._login_watch.forget(identity.login_id)

    def authenticate(self, access_token: str) -> Identity:
        """Whose token it is. Raises NotAuthenticated, also if the login has been ended."""
        identity = self._tokens.read_access(access_token, self._clock.now())
        if not self._login_watch.is_active(identity.login_id, identity.user_id):
            raise NotAuthenticated("The login has ended.", code="login_ended")
        return identity

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

        return change(
            lambda: self.profile(user_id), changed, self._users.save, expected_version=expected_version
        )


def _email_taken() -> Conflict:
    return Conflict("An account with this email address exists already.", code="email_taken")


def _refresh_refused() -> NotAuthenticated:
    return NotAuthenticated("The refresh token is not valid. Log in again.", code="refresh_token_invalid")
