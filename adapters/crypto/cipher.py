from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class FernetCipher:
    """Encryption with Fernet (AES-128-CBC with HMAC). Of several keys the first encrypts and all decrypt."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_fernet_key(key.encode())) for key in keys])

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, encrypted: str) -> str | None:
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken:
            return None


def _fernet_key(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(key, b"interview-prep seal", hashlib.sha256))
