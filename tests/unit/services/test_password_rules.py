from __future__ import annotations

from itertools import pairwise

import pytest

from adapters.crypto.passwords import BcryptHasher
from adapters.zxcvbn.common_passwords import ZxcvbnCommonPasswords
from core.domain.errors import Invalid
from core.services.identity.password_rules import PasswordRules
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock, QuickHasher
from tests.unit.services.account_services import HOME, AccountServices

ADA = "ada@example.com"


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> AccountServices:
    return AccountServices(stores, clock)


def broken(services: AccountServices, password: str) -> tuple[str, list[str]]:
    """The code of the rule that a new password breaks, and what is said of the field."""
    with pytest.raises(Invalid) as refusal:
        services.passwords.check_new(password, ADA, field="password")
    assert list(refusal.value.errors) == ["password"]
    return refusal.value.code, refusal.value.errors["password"]


@pytest.mark.parametrize(
    "password", ["correct horse battery", "x7!qpz", "пароль мой", " " * 7, "p\x00q\x00r7", "密码很长很安全"]
)
def test_a_good_password_passes(services: AccountServices, password: str) -> None:
    services.passwords.check_new(password, ADA, field="password")


def test_five_characters_are_too_short(services: AccountServices) -> None:
    assert broken(services, "x7!qp") == ("password_too_short", ["Must have at least 6 characters."])


def test_an_operator_may_ask_for_more(stores: Stores, clock: ManualClock) -> None:
    services = AccountServices(stores, clock, min_password_length=12)

    assert broken(services, "x7!qpz.x7!q") == ("password_too_short", ["Must have at least 12 characters."])
    services.passwords.check_new("x7!qpz.x7!qp", ADA, field="password")


def test_1024_characters_are_the_most(services: AccountServices) -> None:
    services.passwords.check_new("é" * 1024, ADA, field="password")

    assert broken(services, "é" * 1025) == ("password_too_long", ["Must have at most 1024 characters."])


@pytest.mark.parametrize("password", ["123456", "password", "PassWord", "qwerty", "iloveyou"])
def test_a_common_one_is_refused_in_any_case(services: AccountServices, password: str) -> None:
    assert broken(services, password) == ("password_too_common", ["Is one of the most common passwords."])


def test_ten_thousand_common_ones_are_known() -> None:
    assert len(ZxcvbnCommonPasswords()._common) == 10_000


@pytest.mark.parametrize("password", [ADA, "ADA@Example.com"])
def test_the_email_is_refused(services: AccountServices, password: str) -> None:
    assert broken(services, password) == ("password_is_email", ["Must not be the email address."])


def test_the_local_part_of_the_email_is_refused_too(services: AccountServices) -> None:
    with pytest.raises(Invalid) as refusal:
        services.passwords.check_new("ada.lovelace", "Ada.Lovelace@example.com", field="password")
    assert refusal.value.code == "password_is_email"


class TestReuse:
    """A user who has had seven passwords, the first of them when they signed up."""

    PASSWORDS = tuple(f"horse battery number {number}" for number in range(7))

    @pytest.fixture
    def user_id(self, services: AccountServices) -> str:
        logged_in = services.sign_up(ADA, self.PASSWORDS[0])
        identity = services.logins.authenticate(logged_in.access_token)
        for old, new in pairwise(self.PASSWORDS):
            services.password_change.change(identity, old, new, HOME)
        return logged_in.user.id

    @pytest.mark.parametrize("number", [6, 5, 4, 3, 2, 1])
    def test_the_current_one_and_the_five_before_it_are_refused(
        self, services: AccountServices, user_id: str, number: int
    ) -> None:
        with pytest.raises(Invalid) as refusal:
            services.passwords.check_change(
                self.PASSWORDS[number], services.user(user_id), field="new_password"
            )

        assert refusal.value.code == "password_reused"
        assert refusal.value.errors == {"new_password": ["Was used before. Choose a new one."]}

    def test_the_one_before_those_may_be_used_again(self, services: AccountServices, user_id: str) -> None:
        services.passwords.check_change(self.PASSWORDS[0], services.user(user_id), field="new_password")

    def test_other_rules_are_told_first(self, services: AccountServices, user_id: str) -> None:
        with pytest.raises(Invalid) as refusal:
            services.passwords.check_change("short", services.user(user_id), field="new_password")

        assert refusal.value.code == "password_too_short"

    def test_somebody_elses_password_may_be_used(self, services: AccountServices, user_id: str) -> None:
        eve = services.sign_up("eve@example.com", "a horse of my own")

        services.passwords.check_change(self.PASSWORDS[6], services.user(eve.user.id), field="new_password")


def test_reuse_is_found_by_comparing_with_salted_hashes(stores: Stores, clock: ManualClock) -> None:
    services = AccountServices(stores, clock, passwords=BcryptHasher(cost=10))
    logged_in = services.sign_up(ADA, "correct horse battery")
    identity = services.logins.authenticate(logged_in.access_token)
    services.password_change.change(identity, "correct horse battery", "another horse battery", HOME)
    user = services.user(logged_in.user.id)

    assert user.password_hash.startswith("$2b$10$")
    assert all(old.startswith("$2b$10$") for old in user.previous_password_hashes)
    for used in ("correct horse battery", "another horse battery"):
        with pytest.raises(Invalid, match="used before"):
            services.passwords.check_change(used, user, field="new_password")


def test_an_installation_may_ask_for_longer_passwords_later() -> None:
    rules = PasswordRules(QuickHasher(), ZxcvbnCommonPasswords(), min_length=30)

    with pytest.raises(Invalid) as refusal:
        rules.check_new("correct horse battery", ADA, field="new_password")
    assert list(refusal.value.errors) == ["new_password"]
