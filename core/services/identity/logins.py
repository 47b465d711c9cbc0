"""Logins: opening, refreshing and ending them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.domain.error_codes import ErrorCode
from core.domain.errors import NotAuthenticated, NotFound
from core.domain.identity.audit import Origin, Outcome, SecurityAction
from core.domain.identity.logins import (
    ACCESS_TOKEN_LIFETIME,
    LOGIN_LIFETIME,
    MAX_ACTIVE_LOGINS,
    MAX_DEVICE_LENGTH,
    Identity,
    Login,
    RefreshTokenReused,
)
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

    def open(self, user: User, origin: Origin) -> LoggedIn:
        """A new login for an authenticated user. The oldest logins beyond MAX_ACTIVE_LOGINS end."""
        now = self._clock.now()
        login = Login(
            id=self._ids.new(),
            user_id=user.id,
            nonce=self._randomness.token(),
            created_at=now,
            expires_at=now + LOGIN_LIFETIME,
            device=origin.user_agent[:MAX_DEVICE_LENGTH],
            address=origin.address,
        )
        self._logins.add(login)
        active = sorted(each.id for each in self._logins.active_of(user.id, now))
        self._end(user.id, active[:-MAX_ACTIVE_LOGINS])
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
        """Exchange a refresh token for new tokens. An old token that is used again ends the login.

        If a token is stolen, either the thief or the owner uses it second (RFC 9700, 4.14.2). The token
        before the current one is accepted for REPEATABLE_FOR and gets the tokens of the refresh that it has
        already caused. Raises NotAuthenticated.
        """
        login_id = self._tokens.login_id_of(refresh_token)
        user = self._users.get(self._login(login_id).user_id) if login_id is not None else None
        if login_id is None or user is None:
            raise _refresh_refused()

        def refreshed(login: Login) -> Login:
            generation = self._tokens.generation_of(refresh_token, login)
            now = self._clock.now()
            if generation is None or not login.is_active(now):
                raise _refresh_refused()
            try:
                return login.refreshed(generation, now)
            except RefreshTokenReused:
                return login.ended(now)

        login = save_with_retry(lambda: self._login(login_id), refreshed, self._logins.save)
        if login.ended_at is not None:
            self._end_reused(login, user, origin)
            raise _refresh_refused()
        return self._with_tokens(user, login)

    def _end_reused(self, login: Login, user: User, origin: Origin) -> None:
        self._end(login.user_id, [login.id])
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

    def active_of(self, user_id: str) -> Sequence[Login]:
        """The user's active logins, newest first."""
        active = self._logins.active_of(user_id, self._clock.now())
        return sorted(active, key=lambda login: login.id, reverse=True)

    def log_out(self, identity: Identity, origin: Origin) -> None:
        """End this login. It may have ended already."""
        self._end(identity.user_id, [identity.login_id])
        self._audit_log.record(SecurityAction.LOGGED_OUT, Outcome.SUCCEEDED, origin, user_id=identity.user_id)

    def end(self, user_id: str, login_id: str, origin: Origin) -> None:
        """End one of the user's active logins. Raises NotFound."""
        if not self._end(user_id, [login_id]):
            raise NotFound("login")
        self._audit_log.record(SecurityAction.LOGIN_ENDED, Outcome.SUCCEEDED, origin, user_id=user_id)

    def withdraw(self, logged_in: LoggedIn) -> None:
        """End a login that must not stay open."""
        self._end(logged_in.user.id, [logged_in.login_id])

    def end_all(self, user_id: str, *, but: str | None = None) -> None:
        """End all logins of the user except `but`, in one query and one statement for any number."""
        active = self._logins.active_of(user_id, self._clock.now())
        self._end(user_id, [login.id for login in active if login.id != but])

    def _end(self, user_id: str, login_ids: Sequence[str]) -> int:
        """End these logins; return how many were active."""
        if not login_ids:
            return 0
        ended = self._logins.end(user_id, login_ids, self._clock.now())
        for login_id in login_ids:
            self._cache.forget(login_id)
        self._channel.publish(CloseSockets(user_id, tuple(login_ids)))
        return ended

    def authenticate(self, access_token: str) -> Identity:
        """The identity of the token's owner. Raises NotAuthenticated, also if the login has ended."""
        identity = self._tokens.read_access(access_token, self._clock.now())
        if not self._cache.is_active(identity.login_id, identity.user_id):
            raise NotAuthenticated("The login has ended.", code=ErrorCode.LOGIN_ENDED)
        return identity

    def active_among(self, login_ids: Collection[str]) -> set[str]:
        """The logins among these that have neither ended nor expired."""
        return self._logins.active_among(login_ids, self._clock.now()) if login_ids else set()


def _refresh_refused() -> NotAuthenticated:
    return NotAuthenticated(
        "The refresh token is not valid. Log in again.", code=ErrorCode.REFRESH_TOKEN_INVALID
    )
