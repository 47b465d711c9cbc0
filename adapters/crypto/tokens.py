from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime

import jwt

from core.domain.error_codes import ErrorCode
from core.domain.errors import NotAuthenticated
from core.domain.identity.logins import Identity, Login

_ALGORITHM = "HS256"
_ISSUER = "interview-prep"
_AUDIENCE = "interview-prep-api"
_TYPE = "at+jwt"
"""The type of access tokens (RFC 9068, 2.1), so that no other JWT of ours can pass for one."""
_CLOCK_SKEW_SECONDS = 60
_REQUIRED_CLAIMS = ["exp", "iat", "iss", "aud", "sub", "sid"]


class SignedTokens:
    """Access tokens are JWTs (RFC 7519). The algorithm is fixed here and not read from the token (RFC 8725).

    A refresh token is `login.generation.signature`. The signature is an HMAC over both parts and the
    login's nonce. It needs no store of its own, and the key or the database alone is not enough to forge
    one. Of several keys the first signs and all verify, so that keys can be rotated.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._access_keys = [_purpose_key(key, "access") for key in keys]
        self._refresh_keys = [_purpose_key(key, "refresh") for key in keys]

    def access(self, login: Login, now: datetime, expires_at: datetime) -> str:
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": login.user_id,
            "sid": login.id,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(claims, self._access_keys[0], algorithm=_ALGORITHM, headers={"typ": _TYPE})

    def read_access(self, token: str, now: datetime) -> Identity:
        if not _is_access_token(token):
            raise NotAuthenticated("The access token is not valid.", code=ErrorCode.TOKEN_INVALID)
        for key in self._access_keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=[_ALGORITHM],
                    issuer=_ISSUER,
                    audience=_AUDIENCE,
                    options={"require": _REQUIRED_CLAIMS, "verify_exp": False, "verify_iat": False},
                )
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidTokenError, ValueError):
                break
            return self._identity(claims, now)
        raise NotAuthenticated("The access token is not valid.", code=ErrorCode.TOKEN_INVALID)

    def _identity(self, claims: dict[str, object], now: datetime) -> Identity:
        subject, login_id, expiry = claims["sub"], claims["sid"], claims["exp"]
        issued = claims["iat"]
        if not isinstance(issued, int) or issued > now.timestamp() + _CLOCK_SKEW_SECONDS:
            raise NotAuthenticated("The access token is not valid.", code=ErrorCode.TOKEN_INVALID)
        if not (isinstance(subject, str) and isinstance(login_id, str) and isinstance(expiry, int)):
            raise NotAuthenticated("The access token is not valid.", code=ErrorCode.TOKEN_INVALID)
        try:
            expires_at = datetime.fromtimestamp(expiry, UTC)
        except (OverflowError, ValueError, OSError):
            raise NotAuthenticated("The access token is not valid.", code=ErrorCode.TOKEN_INVALID) from None
        if expires_at <= now:
            raise NotAuthenticated("The access token has expired.", code=ErrorCode.TOKEN_EXPIRED)
        return Identity(subject, login_id, expires_at)

    def refresh(self, login: Login) -> str:
        return f"{login.id}.{login.generation}.{_signature(self._refresh_keys[0], login, login.generation)}"

    def login_id_of(self, refresh_token: str) -> str | None:
        parts = refresh_token.split(".")
        return parts[0] if len(parts) == 3 else None

    def generation_of(self, refresh_token: str, login: Login) -> int | None:
        login_id, number, signature = refresh_token.split(".")
        if login_id != login.id or not (number.isascii() and number.isdigit() and len(number) <= 9):
            return None
        generation = int(number)
        offered = signature.encode(errors="replace")
        for key in self._refresh_keys:
            if hmac.compare_digest(_signature(key, login, generation).encode(), offered):
                return generation
        return None


def _is_access_token(token: str) -> bool:
    try:
        return str(jwt.get_unverified_header(token).get("typ", "")).lower() == _TYPE
    except (jwt.InvalidTokenError, ValueError):
        return False


def _purpose_key(key: str, purpose: str) -> bytes:
    """A separate key per purpose, so that one kind of token is never accepted as another."""
    return hmac.digest(key.encode(), f"interview-prep {purpose}".encode(), hashlib.sha256)


def _signature(key: bytes, login: Login, generation: int) -> str:
    message = f"{login.id}.{generation}.{login.nonce}".encode()
    return base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).rstrip(b"=").decode()
