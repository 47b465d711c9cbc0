"""Many logins at the same moment."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from adapters.memory.rate_limiter import MemoryRateLimiter
from core.domain.errors import DomainError, Unavailable
from core.domain.identity.logins import Identity
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock, QuickHasher
from tests.unit.services.account_services import HOME, NEW_PASSWORD, PASSWORD, AccountServices

ADA = "ada@example.com"


class JudgingHasher(QuickHasher):
    """Judges when it is told to; until then all attempts are under way."""

    def __init__(self) -> None:
        super().__init__()
        self.may_judge = threading.Event()
        self.asked = 0

    def matches(self, password: str, password_hash: str | None) -> bool:
        self.asked += 1
        assert self.may_judge.wait(5)
        return super().matches(password, password_hash)


class BusyHasher(QuickHasher):
    def matches(self, password: str, password_hash: str | None) -> bool:
        raise Unavailable("Too many.", code="passwords_busy")


def outcome(services: AccountServices, password: str) -> str:
    try:
        services.accounts.login(ADA, password, HOME)
    except DomainError as refusal:
        return refusal.code
    return "logged in"


def outcomes_at_once(services: AccountServices, hasher: JudgingHasher, password: str) -> Counter[str]:
    """Of fifty attempts, which are judged when all of them have been counted."""
    with ThreadPoolExecutor(50) as threads:
        attempts = [threads.submit(outcome, services, password) for _ in range(50)]
        deadline = time.monotonic() + 5
        while sum(attempt.done() for attempt in attempts) < 40 and time.monotonic() < deadline:
            time.sleep(0.01)
        hasher.may_judge.set()
        return Counter(attempt.result() for attempt in attempts)


def test_of_fifty_guesses_at_once_ten_are_judged(stores: Stores, clock: ManualClock) -> None:
    hasher = JudgingHasher()
    services = AccountServices(stores, clock, limiter=MemoryRateLimiter(), passwords=hasher)
    services.sign_up(ADA)

    outcomes = outcomes_at_once(services, hasher, "wrong")

    assert hasher.asked == 10
    assert outcomes == {"invalid_credentials": 10, "passwords_busy": 40}
    assert outcome(services, PASSWORD) == "too_many_failed_logins"


def test_fifty_right_passwords_at_once_lock_nobody_out(stores: Stores, clock: ManualClock) -> None:
    hasher = JudgingHasher()
    services = AccountServices(stores, clock, limiter=MemoryRateLimiter(), passwords=hasher)
    services.sign_up(ADA)

    assert outcomes_at_once(services, hasher, PASSWORD) == {"logged in": 10, "passwords_busy": 40}
    assert outcome(services, PASSWORD) == "logged in"


def test_what_nobody_has_judged_does_not_count(stores: Stores, clock: ManualClock) -> None:
    services = AccountServices(stores, clock, passwords=BusyHasher())
    services.sign_up(ADA)

    assert [outcome(services, "wrong") for _ in range(20)] == ["passwords_busy"] * 20
    assert services.sleeper.waited == []


class FullHasher(QuickHasher):
    """Compares passwords, but has no room for new hashes once `is_full`."""

    is_full = False

    def hash(self, password: str) -> str:
        if self.is_full:
            raise Unavailable("Too many.", code="passwords_busy")
        return super().hash(password)


@pytest.fixture
def hasher() -> FullHasher:
    return FullHasher()


@pytest.fixture
def full(stores: Stores, clock: ManualClock, hasher: FullHasher) -> AccountServices:
    services = AccountServices(stores, clock, passwords=hasher)
    services.sign_up(ADA)
    return services


def test_a_reset_token_is_not_used_up_while_all_are_busy(full: AccountServices, hasher: FullHasher) -> None:
    token = full.reset_token(ADA)
    hasher.is_full = True

    with pytest.raises(Unavailable):
        full.password_reset.confirm(token, NEW_PASSWORD, HOME)

    hasher.is_full = False
    full.password_reset.confirm(token, NEW_PASSWORD, HOME)


def test_a_change_that_finds_all_busy_ends_no_logins(full: AccountServices, hasher: FullHasher) -> None:
    here, there = full.accounts.login(ADA, PASSWORD, HOME), full.accounts.login(ADA, PASSWORD, HOME)
    identity = Identity(here.user.id, here.login_id, full.clock.now() + timedelta(minutes=15))
    hasher.is_full = True

    with pytest.raises(Unavailable):
        full.password_change.change(identity, PASSWORD, NEW_PASSWORD, HOME)

    full.logins.refresh(there.refresh_token, HOME)


def test_a_login_goes_on_though_its_hash_cannot_be_renewed(full: AccountServices, hasher: FullHasher) -> None:
    hasher.is_full = True
    hasher.cost = 2

    assert outcome(full, PASSWORD) == "logged in"

    hasher.is_full = False
    user_id = full.accounts.login(ADA, PASSWORD, HOME).user.id
    assert full.user(user_id).password_hash.startswith("2:")
