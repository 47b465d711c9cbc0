"""The services around passwords and logins, over stores in memory, where a clock that is set decides all."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from limits import parse

from adapters.crypto.tokens import SignedTokens
from adapters.crypto.vault import KeyedVault
from adapters.huey.queue import HueyQueue, memory_huey
from adapters.memory.cache import MemoryExpiringCache
from adapters.memory.channel import MemoryEventChannel
from adapters.memory.one_time import MemoryOneTimeSecrets
from adapters.system.ids import UlidIds
from adapters.system.randomness import SystemRandomness
from adapters.zxcvbn.common_passwords import ZxcvbnCommonPasswords
from core.domain.errors import Unavailable
from core.domain.identity.audit import Origin, Outcome, SecurityAction, SecurityEvent
from core.domain.identity.users import MIN_PASSWORD_LENGTH, User
from core.domain.mail.emails import Email, EmailKind
from core.domain.paging import PageRequest
from core.services.identity.accounts import AccountService
from core.services.identity.active_login_cache import ActiveLoginCache
from core.services.identity.audit_log import AuditLog
from core.services.identity.login_throttle import LoginThrottle
from core.services.identity.logins import LoggedIn, LoginService
from core.services.identity.password_change import PasswordChangeService
from core.services.identity.password_reset import PasswordResetService
from core.services.identity.password_rules import PasswordRules
from core.services.live.publisher import LivePublisher
from core.services.mail.outbox import OutboxService
from entrypoints.wiring.stores import Stores
from ports.identity import PasswordHasher
from ports.rate_limits import RateLimitResult
from tests.building import SECRET
from tests.fakes import ManualClock, NoPause, QuickHasher

PASSWORD = "correct horse battery"
NEW_PASSWORD = "another horse battery"
HOME = Origin("203.0.113.7", "Firefox on Linux", "request-1")
ELSEWHERE = Origin("198.51.100.9", "curl/8.5.0", "request-2")


class ClockLimiter:
    """Moving windows on a clock that is set."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._hits: defaultdict[tuple[str, ...], list[datetime]] = defaultdict(list)

    def hit(self, rule: str, *key: str) -> RateLimitResult:
        verdict = self.peek(rule, *key)
        if verdict.is_allowed:
            self._hits[rule, *key].append(self._clock.now())
        return self._verdict(rule, key, is_allowed=verdict.is_allowed)

    def hit_strictly(self, rule: str, *key: str) -> RateLimitResult:
        return self.hit(rule, *key)

    def peek(self, rule: str, *key: str) -> RateLimitResult:
        return self._verdict(rule, key, is_allowed=len(self._within(rule, key)) < parse(rule).amount)

    def _within(self, rule: str, key: tuple[str, ...]) -> list[datetime]:
        since = self._clock.now() - timedelta(seconds=parse(rule).get_expiry())
        return [moment for moment in self._hits[rule, *key] if moment > since]

    def _verdict(self, rule: str, key: tuple[str, ...], *, is_allowed: bool) -> RateLimitResult:
        item, hits = parse(rule), self._within(rule, key)
        oldest = hits[0] if hits else self._clock.now()
        ends_at = oldest + timedelta(seconds=item.get_expiry())
        reset_seconds = int((ends_at - self._clock.now()).total_seconds())
        return RateLimitResult(is_allowed, item.amount, item.amount - len(hits), reset_seconds)


class AwayLimiter(ClockLimiter):
    """Redis is down: limits of this process go on, but not for what must be limited by all of them."""

    def hit_strictly(self, rule: str, *key: str) -> RateLimitResult:
        raise Unavailable("Limits cannot be checked for the moment.")


class NotedSecrets(MemoryOneTimeSecrets):
    """Notes what it keeps, and how often a try got to see a secret; fails if it is away."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(lambda: clock.now().timestamp())
        self.kept: list[tuple[str, str, int]] = []
        self.looks = 0
        self.is_away = False

    def put(self, key: str, value: str, ttl_seconds: int) -> None:
        self._answer()
        self.kept.append((key, value, ttl_seconds))
        super().put(key, value, ttl_seconds)

    def peek(self, key: str) -> str | None:
        self._answer()
        return super().peek(key)

    def take_try(self, key: str, max_tries: int) -> str | None:
        self._answer()
        value = super().take_try(key, max_tries)
        self.looks += value is not None
        return value

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable("This is not possible for the moment.")


class ScriptedChance(SystemRandomness):
    """Chance, but for the one-time passwords that a test wants to know beforehand."""

    def __init__(self) -> None:
        self.otps: deque[str] = deque()

    def digits(self, count: int) -> str:
        return self.otps.popleft() if self.otps else super().digits(count)


class AccountDesk:
    """Everything that deals with passwords, wired as the product is, but for what is passed in."""

    def __init__(
        self,
        stores: Stores,
        clock: ManualClock,
        *,
        limiter: ClockLimiter | None = None,
        passwords: PasswordHasher | None = None,
        secret_keys: Sequence[str] = (SECRET,),
        min_password_length: int = MIN_PASSWORD_LENGTH,
    ) -> None:
        passwords = passwords or QuickHasher()
        ids = UlidIds()
        self.stores = stores
        self.clock = clock
        self.pause = NoPause()
        self.chance = ScriptedChance()
        self.vault = KeyedVault(secret_keys)
        self.secrets = NotedSecrets(clock)
        self.limiter = limiter or ClockLimiter(clock)
        self.queue = HueyQueue(memory_huey())
        self.outbox = OutboxService(stores.mails, self.queue, self.vault, clock, ids)
        self.trail = AuditLog(stores.security_events, self.vault, clock, ids)
        self.logins = LoginService(
            stores.logins,
            stores.users,
            SignedTokens(secret_keys),
            ActiveLoginCache(stores.logins, clock, MemoryExpiringCache(clock)),
            LivePublisher(MemoryEventChannel(), clock, MemoryExpiringCache(clock)),
            self.outbox,
            self.trail,
            clock,
            ids,
            self.chance,
        )
        self.rules = PasswordRules(passwords, ZxcvbnCommonPasswords(), min_password_length)
        self.throttle = LoginThrottle(self.limiter, self.pause)
        self.password_change = PasswordChangeService(
            stores.users, self.logins, passwords, self.rules, self.throttle, self.outbox, self.trail, clock
        )
        self.password_reset = PasswordResetService(
            stores.users,
            self.logins,
            self.secrets,
            self.limiter,
            self.rules,
            self.password_change,
            self.outbox,
            self.trail,
            self.vault,
            clock,
            ids,
            self.chance,
            self.pause,
        )
        self.accounts = AccountService(
            stores.users,
            self.logins,
            passwords,
            self.rules,
            self.throttle,
            self.outbox,
            self.trail,
            clock,
            ids,
        )

    def sign_up(self, email: str = "ada@example.com", password: str = PASSWORD) -> LoggedIn:
        return self.accounts.register("Ada Lovelace", email, password, HOME)

    def user(self, user_id: str) -> User:
        return self.accounts.profile(user_id)

    def mails(self, kind: EmailKind) -> list[Email]:
        """All of that kind, oldest first."""
        page = self.outbox.page((), PageRequest(100))
        return [mail for mail in reversed(page.items) if mail.kind is kind]

    def otp(self, email: str = "ada@example.com") -> str:
        """Asks for a one-time password; the one that goes out by mail."""
        known = {mail.id for mail in self.mails(EmailKind.OTP)}
        self.password_reset.request(email, HOME)
        (sent,) = [mail for mail in self.mails(EmailKind.OTP) if mail.id not in known]
        assert sent.sealed_context is not None
        unsealed = self.vault.unseal(sent.sealed_context)
        assert unsealed is not None
        return unsealed[len('{"otp": "') : -len('"}')]

    def reset_token(self, email: str = "ada@example.com") -> str:
        return self.password_reset.verify(email, self.otp(email), HOME)

    def events(self, user_id: str, action: SecurityAction) -> list[tuple[Outcome, str]]:
        """Outcome and reason of the user's events of that kind, in no order."""
        return [(event.outcome, event.reason) for event in self.full_events(user_id, action)]

    def full_events(self, user_id: str, action: SecurityAction) -> list[SecurityEvent]:
        page = self.trail.page(user_id, PageRequest(100))
        return [event for event in page.items if event.action is action]


def wrong(otp: str) -> str:
    """Another one."""
    return f"{(int(otp) + 1) % 1_000_000:06d}"
