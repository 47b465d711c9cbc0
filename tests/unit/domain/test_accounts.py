from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import Invalid
from core.domain.identity.logins import LOGIN_LIFETIME, Login
from core.domain.identity.users import REMEMBERED_PASSWORDS, User
from core.domain.mail.addresses import checked_email, email_key, known_email_keys

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def a_user() -> User:
    return User("1", "Ada@Example.com", "ada@example.com", "Ada Lovelace", "hash 0", NOON, NOON)


def a_login() -> Login:
    return Login("1", "ada", "nonce", NOON, NOON + LOGIN_LIFETIME)


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.com",
        "Ada.Lovelace+interviews@Sub.Example.CO.UK",
        "o'hara_99%x@example.io",
        "root@localhost",
        "grüße@münchen.example",
        "用户@例子.公司",
        f"{'a' * 64}@example.com",
    ],
)
def test_an_email_address_is_taken_as_it_is(email: str) -> None:
    assert checked_email(email) == email


def test_white_space_around_an_address_is_dropped() -> None:
    assert checked_email("  ada@example.com\n") == "ada@example.com"


@pytest.mark.parametrize(
    "email",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "ada@@example.com",
        "ada@example@com",
        "ada lovelace@example.com",
        "ada@exam ple.com",
        "ada@.example.com",
        "ada@example..com",
        "ada@example.com.",
        ".ada@example.com",
        "ada.@example.com",
        "ad..a@example.com",
        "Ada <ada@example.com>",
        '"ada"@example.com',
        "ada@example.com, grace@example.com",
        "ada@example.com\r\nBcc: grace@example.com",
        "ada\x00@example.com",
        "ada\u200b@example.com",
        "ada\ud800@example.com",
        f"{'a' * 65}@example.com",
        f"ada@{'a' * 250}.com",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_email(email)

    assert list(refusal.value.errors) == ["email"]


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = checked_email(text)
    except Invalid:
        return
    assert checked_email(address) == address
    assert email_key(address) == email_key(text) == email_key(email_key(address))


@pytest.mark.parametrize("spelling", ["ADA@EXAMPLE.COM", " ada@example.com ", "Ada@Example.Com"])
def test_case_and_space_around_do_not_make_another_address(spelling: str) -> None:
    assert email_key(spelling) == email_key("ada@example.com")


def test_composed_and_decomposed_letters_are_one_address() -> None:
    composed = "zoë@example.com"

    assert checked_email(unicodedata.normalize("NFD", composed)) == composed
    assert email_key(unicodedata.normalize("NFD", composed.upper())) == email_key(composed)


def test_an_address_is_verified_once_and_stays_so() -> None:
    verified = a_user().with_verified_email(NOON)

    assert not a_user().has_verified_email
    assert (verified.has_verified_email, verified.email_verified_at) == (True, NOON)
    assert verified.with_verified_email(LATER) is verified
    changed = verified.with_new_password("hash 1", LATER).renamed("Ada King", LATER)
    assert changed.email_verified_at == NOON


def test_a_new_password_joins_the_old_ones_newest_first() -> None:
    user = a_user()
    for number in range(1, REMEMBERED_PASSWORDS + 3):
        user = user.with_new_password(f"hash {number}", LATER)

    assert user.password_hash == "hash 7"
    assert user.previous_password_hashes == ("hash 6", "hash 5", "hash 4", "hash 3", "hash 2")
    assert user.updated_at == LATER


def test_the_same_password_hashed_anew_is_no_old_one() -> None:
    user = a_user().with_password_hash("stronger hash", LATER)

    assert user.password_hash == "stronger hash"
    assert user.previous_password_hashes == ()


def test_a_login_is_active_until_it_expires_or_ends() -> None:
    login = a_login()

    assert login.is_active(NOON)
    assert login.is_active(login.expires_at - timedelta(milliseconds=1))
    assert not login.is_active(login.expires_at)
    assert not login.ended(LATER).is_active(LATER)


def test_a_refreshed_login_has_the_next_generation_and_a_full_life() -> None:
    rotated = a_login().refreshed(1, LATER)

    assert (rotated.generation, rotated.expires_at) == (2, LATER + LOGIN_LIFETIME)


def test_a_login_ends_once() -> None:
    ended = a_login().ended(NOON)

    assert ended.ended(LATER) is ended


ENCODED = "xn--mller-kva"


@pytest.mark.parametrize(
    "spelling",
    [
        f"ada@{ENCODED}.example",
        f"ADA@{ENCODED.upper()}.Example",
        "ada@mu\u0308ller.example",
        "ada@MÜLLER.example",
        "ada@\uff4düller.example",
        "ada@müller\u3002example",
    ],
)
def test_a_domain_in_unicode_and_in_ascii_is_one_mailbox(spelling: str) -> None:
    assert email_key(spelling) == email_key("ada@müller.example") == "ada@müller.example"


@pytest.mark.parametrize(
    "label", ["xn--", "xn--a", "xn--abc-", "xn--99999999", "xn--Mller-kva.xn--\u00fc", "xn--" + "9" * 80]
)
def test_a_label_that_encodes_nothing_stays_as_it_is(label: str) -> None:
    key = email_key(f"ada@{label}.example")

    assert key == email_key(key)
    assert known_email_keys(f"ada@{label}.example")


def test_sharp_s_makes_another_domain() -> None:
    assert email_key("ada@straße.example") == email_key("ada@xn--strae-oqa.example")
    assert email_key("ada@straße.example") != email_key("ada@strasse.example")


def test_an_address_in_ascii_has_one_key() -> None:
    assert known_email_keys("Ada@Example.com") == ("ada@example.com",)
