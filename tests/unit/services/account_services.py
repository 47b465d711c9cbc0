"""The services around passwords and logins, over stores in memory, where a clock that is set decides all."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from limits import parse

from adapters.memory.one_time import MemoryOneTimeSecrets
from adapters.system.randomness import SystemRandomness
from core.domain.errors import Unavailable
from core.domain.identity.audit import Origin, Outcome, SecurityAction, SecurityEvent
from core.domain.identity.users import MIN_PASSWORD_LENGTH, User
from core.domain.mail.emails import Email, EmailKind
from core.domain.paging import PageRequest
from core.services.identity.logins import LoggedIn
from entrypoints.wiring.foundation import build_foundation, system_of_this_machine
from entrypoints.wiring.identity import build_identity, build_passwords
from entrypoints.wiring.live import build_live
from entrypoints.wiring.mail import build_mail
from entrypoints.wiring.stores import Stores
from ports.identity import PasswordHasher
from ports.rate_limits import RateLimitResult
from tests.building import SECRET, settings_in_memory
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
    """Notes what it keeps, and how often a try got to see a secret; may be slow, and fails if it is away."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(lambda: clock.now().timestamp())
        self.kept: list[tuple[str, str, int]] = []
        self.looks = 0
        self.is_unavailable = False
        self.put_seconds = 0.0
        self._manual_clock = clock

    def put(self, key: str, value: str, ttl_seconds: int) -> None:
        self._answer()
        self._manual_clock.advance(seconds=self.put_seconds)
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
        if self.is_unavailable:
            raise Unavailable("This is not possible for the moment.")


class ScriptedRandomness(SystemRandomness):
    """Random, but for the one-time passwords that a test wants to know beforehand."""

    def __init__(self) -> None:
        self.otps: deque[str] = deque()

    def digits(self, count: int) -> str:
        return self.otps.popleft() if self.otps else super().digits(count)


class AccountServices:
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
        self.stores = stores
        self.clock = clock
        self.sleeper = NoPause()
        self.randomness = ScriptedRandomness()
        self.secrets = NotedSecrets(clock)
        self.limiter = limiter or ClockLimiter(clock)
        settings = settings_in_memory(
            Path("unused"), secret_keys=tuple(secret_keys), min_password_length=min_password_length
        )
        system = system_of_this_machine(clock=clock, sleeper=self.sleeper, randomness=self.randomness)
        built = build_foundation(settings, system)
        shared = replace(built.shared, limiter=self.limiter, secrets=self.secrets)
        foundation = replace(built, stores=stores, shared=shared)
        mail = build_mail(foundation)
        self.signer = foundation.signer
        self.cipher = foundation.cipher
        self.outbox = mail.outbox
        hasher = passwords or QuickHasher()
        self.passwords = build_passwords(foundation, hasher)
        identity = build_identity(foundation, mail, build_live(foundation), hasher)
        self.accounts = identity.accounts
        self.account_emails = identity.account_emails
        self.logins = identity.logins
        self.password_change = identity.password_change
        self.password_reset_otp = identity.password_reset_otp
        self.password_reset = identity.password_reset
        self.audit_log = identity.audit_log

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
        self.password_reset_otp.request(email, HOME)
        (sent,) = [mail for mail in self.mails(EmailKind.OTP) if mail.id not in known]
        assert sent.sealed_context is not None
        unsealed = self.cipher.decrypt(sent.sealed_context)
        assert unsealed is not None
        return unsealed[len('{"otp": "') : -len('"}')]

    def reset_token(self, email: str = "ada@example.com") -> str:
        return self.password_reset_otp.verify(email, self.otp(email), HOME)

    def events(self, user_id: str, action: SecurityAction) -> list[tuple[Outcome, str]]:
        """Outcome and reason of the user's events of that kind, in no order."""
        return [(event.outcome, event.reason) for event in self.full_events(user_id, action)]

    def full_events(self, user_id: str, action: SecurityAction) -> list[SecurityEvent]:
        page = self.audit_log.page(user_id, PageRequest(100))
        return [event for event in page.items if event.action is action]


def wrong(otp: str) -> str:
    """Another one."""
    return f"{(int(otp) + 1) % 1_000_000:06d}"
