from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence


class HmacSigner:
    """Digests and signatures by HMAC-SHA-256.

    Of several keys the first signs and all verify. Digests are compared and not verified. They are kept for
    minutes, so they use the first key only.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [key.encode() for key in keys]

    def digest(self, purpose: str, text: str) -> str:
        return _mac(self._keys[0], f"digest {purpose}", text)

    def sign(self, purpose: str, text: str) -> str:
        payload = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
        return f"{payload}.{_mac(self._keys[0], f'sign {purpose}', text)}"

    def verified(self, purpose: str, token: str) -> str | None:
        payload, _, signature = token.partition(".")
        try:
            text = base64.b64decode(
                payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True
            ).decode()
        except ValueError:
            return None
        offered = signature.encode(errors="replace")
        expected = [_mac(key, f"sign {purpose}", text).encode() for key in self._keys]
        return text if any(hmac.compare_digest(mac, offered) for mac in expected) else None


def _mac(key: bytes, purpose: str, text: str) -> str:
    purpose_key = hmac.digest(key, f"interview-prep {purpose}".encode(), hashlib.sha256)
    return (
        base64.urlsafe_b64encode(hmac.digest(purpose_key, text.encode(), hashlib.sha256))
        .rstrip(b"=")
        .decode()
    )
