"""The secrets of a password reset: the one-time password, and the reset token that replaces it.

The store contains only keyed hashes, which do not reveal the secrets.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from core.domain.identity.users import User
from ports.cryptography import Signer
from ports.identity import OneTimeSecrets
from ports.system import Randomness

OTP_LIFETIME = timedelta(minutes=10)
RESET_TOKEN_LIFETIME = timedelta(minutes=10)
OTP_DIGITS = 6
MAX_OTP_TRIES = 5


class ResetSecrets:
    """All methods raise Unavailable while the store is unavailable."""

    def __init__(self, store: OneTimeSecrets, signer: Signer, randomness: Randomness) -> None:
        self._store = store
        self._signer = signer
        self._randomness = randomness

    def new_otp(self, email_key: str) -> str:
        """A one-time password for the address, in place of an earlier one."""
        otp = self._randomness.digits(OTP_DIGITS)
        self._store.put(_otp_key(email_key), self._otp_digest(email_key, otp), _seconds(OTP_LIFETIME))
        return otp

    def use_otp(self, email_key: str, offered: str, user: User | None) -> bool:
        """Count one try; whether it is the right one for an existing user, which uses it up."""
        expected = self._store.take_try(_otp_key(email_key), MAX_OTP_TRIES)
        digest = self._otp_digest(email_key, offered)
        is_right = hmac.compare_digest((expected or "").encode(), digest.encode())
        return user is not None and is_right and self._store.consume(_otp_key(email_key), digest)

    def forget_otp(self, email_key: str) -> None:
        self._store.remove(_otp_key(email_key))

    def new_token(self, user: User) -> str:
        """A token that sets the user's password, once, unless it is changed before."""
        token = self._randomness.token()
        self._store.put(self._token_key(token), self._token_value(user), _seconds(RESET_TOKEN_LIFETIME))
        return token

    def user_id_of(self, token: str) -> str | None:
        value = self._store.peek(self._token_key(token))
        return value.partition(" ")[0] if value else None

    def is_valid_for(self, token: str, user: User) -> bool:
        return self._store.peek(self._token_key(token)) == self._token_value(user)

    def use_token(self, token: str, user: User) -> bool:
        """Whether the token is still valid for the user. Of several callers, one gets True."""
        return self._store.consume(self._token_key(token), self._token_value(user))

    def _otp_digest(self, email_key: str, otp: str) -> str:
        return self._signer.digest("otp", f"{email_key} {otp}")

    def _token_key(self, token: str) -> str:
        return f"reset {self._signer.digest('reset token', token)}"

    def _token_value(self, user: User) -> str:
        """With the password that is to be replaced: once it changes, all tokens for it are void."""
        return f"{user.id} {self._signer.digest('password to be reset', user.password_hash)}"


def _otp_key(email_key: str) -> str:
    return f"otp {email_key}"


def _seconds(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds())
