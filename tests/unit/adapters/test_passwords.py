from __future__ import annotations

import pytest

from adapters.crypto.passwords import MIN_COST, BcryptHasher


@pytest.fixture(scope="module")
def hasher() -> BcryptHasher:
    return BcryptHasher(MIN_COST)


@pytest.fixture(scope="module")
def hash_of_battery(hasher: BcryptHasher) -> str:
    return hasher.hash("correct horse battery")


def test_it_works(hasher: BcryptHasher, hash_of_battery: str) -> None:
    assert hash_of_battery.startswith("$2b$10$")
    assert hasher.matches("correct horse battery", hash_of_battery)
    assert not hasher.matches("correct horse batterY", hash_of_battery)


def test_a_hash_is_salted(hasher: BcryptHasher, hash_of_battery: str) -> None:
    assert hasher.hash("correct horse battery") != hash_of_battery


def test_a_long_passphrase_counts_to_its_last_character(hasher: BcryptHasher) -> None:
    passphrase = "ä" * 500
    password_hash = hasher.hash(f"{passphrase}1")

    assert hasher.matches(f"{passphrase}1", password_hash)
    assert not hasher.matches(f"{passphrase}2", password_hash)


def test_a_password_does_not_end_at_a_nul(hasher: BcryptHasher) -> None:
    password_hash = hasher.hash("before\x00after")

    assert not hasher.matches("before\x00other", password_hash)
    assert not hasher.matches("before", password_hash)


def test_nobody_matches_where_there_is_no_account(hasher: BcryptHasher) -> None:
    assert not hasher.matches("nobody has this password", None)


def test_a_hash_is_outdated_when_it_was_made_at_a_lower_cost(hash_of_battery: str) -> None:
    assert not BcryptHasher(MIN_COST).is_outdated(hash_of_battery)
    assert BcryptHasher(MIN_COST + 1).is_outdated(hash_of_battery)
    assert not BcryptHasher(MIN_COST).is_outdated(hash_of_battery.replace("$10$", "$12$"))


def test_a_hash_made_at_another_cost_still_matches(hash_of_battery: str) -> None:
    assert BcryptHasher(MIN_COST + 1).matches("correct horse battery", hash_of_battery)


def test_a_cost_that_is_too_low_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 10"):
        BcryptHasher(MIN_COST - 1)
