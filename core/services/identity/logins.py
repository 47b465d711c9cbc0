"""Logins: opening, refreshing and ending them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.domain.errors import NotAuthenticated
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.identity.logins import ACCESS_TOKEN_LIFETIME, LOGIN_LIFETIME, Identity, Login
from core.domain.identity.users import User
from core.domain.live.events import CloseSockets
from core.domain.mail.messages import SuspiciousLogin
from core.services.identity.active_login_cache import ActiveLoginCache
from core.services.identity.audit_log import AuditLog
from core.services.mail.outbox import OutboxService
from core.services.saving import save_with_retry
from ports.identity import LoginRepository, Tokens, UserRepository
from ports.live import EventChannel
from ports.system import System


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login that was just opened or refreshed, with its tokens."""

    user: User
    login_id: str
    access_token: str
    refresh_token: str
    expires_in_seconds: int
    refresh_expires_in_seconds: int


class LoginService:
    def __init__(
        self,
        logins: LoginRepository,
        users: UserRepository,
        tokens: Tokens,
        cache: ActiveLoginCache,
        channel: EventChannel,
        outbox: OutboxService,
        audit_log: AuditLog,
        system: System,
    ) -> None:
        self._logins = logins
        self._users = users
        self._tokens = tokens
        self._cache = cache
        self._channel = channel
        self._outbox = outbox
        self._audit_log = audit_log
        self._clock = system.clock
        self._ids = system.ids
        self._randomness = system.randomness

    def open(self, user: User) -> LoggedIn:
        """A new login for an authenticated user."""
        now = self._clock.now()
        login = Login(
            id=self._ids.new(),
            user_id=user.id,
            nonce=self._randomness.token(),
            created_at=now,
            expires_at=now + LOGIN_LIFETIME,
        )
        self._logins.add(login)
        return self._with_tokens(user, login)

    def _with_tokens(self, user: User, login: Login) -> LoggedIn:
        now = self._clock.now()
        return LoggedIn(
            user=user,
            login_id=login.id,
            access_token=self._tokens.access(login, now, now + ACCESS_TOKEN_LIFETIME),
            refresh_token=self._tokens.refresh(login),
            expires_in_seconds=int(ACCESS_TOKEN_LIFETIME.total_seconds()),
            refresh_expires_in_seconds=int(LOGIN_LIFETIME.total_seconds()),
        )

    def refresh(self, refresh_token: str, origin: Origin) -> LoggedIn:
        """Exchange a refresh token for new tokens. A token that is used twice ends the login.

        If a token is stolen, either the thief or the owner uses it second (RFC 9700, 4.14.2). Raises
        NotAuthenticated.
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
        login = save_with_retry(lambda: self._login(login_id), rotate, self._logins.save)
        user = self._users.get(login.user_id)
        if user is None:
            raise _refresh_refused()
        if login.ended_at is not None:
            self._end_reused(login, user, origin)
            raise _refresh_refused()
        return self._with_tokens(user, login)

    def _end_reused(self, login: Login, user: User, origin: Origin) -> None:
        self._forget(login)
        self._audit_log.record(
            SecurityAction.REFRESH_TOKEN_REUSED,
            Outcome.REFUSED,
            origin,
            user_id=user.id,
            reason="the login was ended",
        )
        now = self._clock.now()
        self._outbox.post(
            SuspiciousLogin(now, origin.address, origin.user_agent),
            user.recipient,
            cause=f"login {login.id}",
            caused_at=login.created_at,
        )

    def _login(self, login_id: str) -> Login:
        login = self._logins.get(login_id)
        if login is None:
            raise _refresh_refused()
        return login

    def end(self, identity: Identity, origin: Origin) -> None:
        """End this login. It may have ended already."""

        def ended(login: Login) -> Login:
            return login.ended(self._clock.now())

        self._forget(save_with_retry(lambda: self._login(identity.login_id), ended, self._logins.save))
        self._audit_log.record(SecurityAction.LOGGED_OUT, Outcome.SUCCEEDED, origin, user_id=identity.user_id)

    def withdraw(self, logged_in: LoggedIn) -> None:
        """End a login that must not stay open."""

        def ended(login: Login) -> Login:
            return login.ended(self._clock.now())

        self._forget(save_with_retry(lambda: self._login(logged_in.login_id), ended, self._logins.save))

    def end_all(self, user_id: str, *, but: str | None = None) -> None:
        """End all logins of the user except `but`."""
        now = self._clock.now()
        for login in self._logins.active_of(user_id, now):
            if login.id != but:
                self._forget(
                    save_with_retry(
                        lambda login_id=login.id: self._login(login_id),  # type: ignore[misc]
                        lambda current: current.ended(now),
                        self._logins.save,
                    )
                )

    def _forget(self, login: Login) -> None:
        self._cache.forget(login.id)
        self._channel.publish(CloseSockets(login.user_id, login.id))

    def authenticate(self, access_token: str) -> Identity:
        """The identity of the token's owner. Raises NotAuthenticated, also if the login has ended."""
        identity = self._tokens.read_access(access_token, self._clock.now())
        if not self._cache.is_active(identity.login_id, identity.user_id):
            raise NotAuthenticated("The login has ended.", code="login_ended")
        return identity

    def active_among(self, login_ids: Collection[str]) -> set[str]:
        """The logins among these that have neither ended nor expired."""
        return self._logins.active_among(login_ids, self._clock.now()) if login_ids else set()


def _refresh_refused() -> NotAuthenticated:
    return NotAuthenticated("The refresh token is not valid. Log in again.", code="refresh_token_invalid")
