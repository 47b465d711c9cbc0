from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crypto.tokens import SignedTokens
from core.domain.errors import NotAuthenticated
from core.domain.identity.logins import LOGIN_LIFETIME, Identity, Login

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=15)
OLD, NEW, FOREIGN = (name * 16 for name in ("old", "new", "foreign"))
LOGIN = Login("login", "ada", "nonce", NOON, NOON + LOGIN_LIFETIME)
TOKENS = SignedTokens([NEW])
ACCESS_KEY = hmac.digest(NEW.encode(), b"interview-prep access", hashlib.sha256)
CLAIMS = {
    "iss": "interview-prep",
    "aud": "interview-prep-api",
    "sub": "ada",
    "sid": "login",
    "iat": int(NOON.timestamp()),
    "exp": int(LATER.timestamp()),
}


TYPE = {"typ": "at+jwt"}


def code_of(token: str, now: datetime = NOON, tokens: SignedTokens = TOKENS) -> str:
    """The code of the refusal to read the access token."""
    with pytest.raises(NotAuthenticated) as refusal:
        tokens.read_access(token, now)
    return refusal.value.code


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_it_works() -> None:
    token = TOKENS.access(LOGIN, NOON, LATER)
    refresh_token = TOKENS.refresh(LOGIN)

    assert TOKENS.read_access(token, NOON) == Identity("ada", "login", LATER)
    assert TOKENS.login_id_of(refresh_token) == "login"
    assert TOKENS.generation_of(refresh_token, LOGIN) == 1


def test_the_claims_are_those_that_the_standard_names() -> None:
    assert jwt.decode(TOKENS.access(LOGIN, NOON, LATER), options={"verify_signature": False}) == CLAIMS
    assert TOKENS.read_access(jwt.encode(CLAIMS, ACCESS_KEY, "HS256", headers=TYPE), NOON).user_id == "ada"


def test_an_access_token_expires_on_the_second() -> None:
    token = TOKENS.access(LOGIN, NOON, LATER)

    assert TOKENS.read_access(token, LATER - timedelta(seconds=1))
    assert code_of(token, LATER) == "token_expired"
    assert code_of(token, LATER + timedelta(days=1)) == "token_expired"


def test_a_token_of_another_installation_is_not_valid() -> None:
    assert code_of(SignedTokens([FOREIGN]).access(LOGIN, NOON, LATER)) == "token_invalid"


@pytest.mark.parametrize("missing", CLAIMS)
def test_a_token_without_one_of_the_claims_is_not_valid(missing: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != missing}

    assert code_of(jwt.encode(claims, ACCESS_KEY, "HS256", headers=TYPE)) == "token_invalid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "somebody"},
        {"aud": "something"},
        {"sub": 7},
        {"sid": None},
        {"sid": {"$gt": ""}},
        {"exp": "tomorrow"},
        {"exp": LATER.timestamp() + 0.5},
    ],
)
def test_a_token_with_a_wrong_claim_is_not_valid(wrong: dict[str, Any]) -> None:
    claims = {**CLAIMS, **wrong}
    head = part({"alg": "HS256", "typ": "at+jwt"})
    signed = f"{head}.{part(claims)}"
    signature = hmac.digest(ACCESS_KEY, signed.encode(), hashlib.sha256)
    token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    assert code_of(token) == "token_invalid"


def test_the_algorithm_is_not_for_the_token_to_say() -> None:
    unsigned = f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(CLAIMS)}."

    assert code_of(unsigned) == "token_invalid"
    assert code_of(jwt.encode(CLAIMS, ACCESS_KEY + ACCESS_KEY, "HS512", headers=TYPE)) == "token_invalid"
    assert code_of(jwt.encode(CLAIMS, NEW, "HS256", headers=TYPE)) == "token_invalid", (
        "the secret itself signs nothing"
    )


def test_a_refresh_token_is_no_access_token_and_the_other_way_round() -> None:
    access = TOKENS.access(LOGIN, NOON, LATER)

    assert code_of(TOKENS.refresh(LOGIN)) == "token_invalid"
    assert TOKENS.login_id_of(access) != LOGIN.id
    assert TOKENS.generation_of(access, LOGIN) is None


@given(st.text(st.characters(), max_size=60))
def test_any_text_is_refused(text: str) -> None:
    assert code_of(text) == "token_invalid"


@given(st.integers(0, 200), st.characters(categories=["L", "N", "P"]))
def test_a_token_of_which_one_character_is_changed_is_not_valid(index: int, character: str) -> None:
    token = TOKENS.access(LOGIN, NOON, LATER)
    index %= len(token) - 1  # of the last one, some bits carry nothing
    changed = token[:index] + character + token[index + 1 :]

    if changed != token:
        assert code_of(changed) == "token_invalid"


def test_keys_are_rotated_without_logging_anybody_out() -> None:
    before, rotated = SignedTokens([OLD]), SignedTokens([NEW, OLD])
    access, refresh_token = before.access(LOGIN, NOON, LATER), before.refresh(LOGIN)

    assert rotated.read_access(access, NOON).login_id == LOGIN.id
    assert rotated.generation_of(refresh_token, LOGIN) == 1
    assert TOKENS.read_access(rotated.access(LOGIN, NOON, LATER), NOON), "the first key signs"
    assert TOKENS.generation_of(rotated.refresh(LOGIN), LOGIN) == 1
    assert code_of(access, tokens=TOKENS) == "token_invalid"
    assert TOKENS.generation_of(refresh_token, LOGIN) is None


def test_a_refresh_token_says_its_generation() -> None:
    rotated = LOGIN.refreshed(1, NOON)

    assert TOKENS.generation_of(TOKENS.refresh(rotated), rotated) == 2
    assert TOKENS.generation_of(TOKENS.refresh(LOGIN), rotated) == 1


@pytest.mark.parametrize(
    "other", [replace(LOGIN, id="other"), replace(LOGIN, nonce="another nonce")], ids=["id", "nonce"]
)
def test_a_refresh_token_is_good_for_its_login_only(other: Login) -> None:
    assert TOKENS.generation_of(TOKENS.refresh(LOGIN), other) is None


@pytest.mark.parametrize("number", ["2", "01x", "-1", "", " 1", "١", "9" * 10, "1" * 5000])
def test_a_refresh_token_whose_generation_was_changed_is_not_valid(number: str) -> None:
    login_id, _, signature = TOKENS.refresh(LOGIN).split(".")

    assert TOKENS.generation_of(f"{login_id}.{number}.{signature}", LOGIN) is None


@pytest.mark.parametrize("token", ["", "login", "login.1", "login.1.signature.more", "..."])
def test_what_has_not_the_form_of_a_refresh_token_names_no_login(token: str) -> None:
    assert TOKENS.login_id_of(token) is None


@pytest.mark.parametrize("typ", ["JWT", "", "at", "id_token", None, 5])
def test_a_token_of_another_type_is_none(typ: object) -> None:
    assert code_of(jwt.encode(CLAIMS, ACCESS_KEY, "HS256", headers={"typ": typ})) == "token_invalid"
