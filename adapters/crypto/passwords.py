from __future__ import annotations

import base64
import hashlib

import bcrypt

MIN_COST = 10


class BcryptHasher:
    """bcrypt over a SHA-256 of the password, so that every character counts.

    bcrypt itself refuses more than 72 bytes and stops at a NUL. The digest in base 64 has 44 bytes and
    no NUL. Source: OWASP Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt".
    """

    def __init__(self, cost: int) -> None:
        """`cost` is the binary logarithm of the number of rounds, at least 10."""
        if cost < MIN_COST:
            raise ValueError(f"the bcrypt cost must be at least {MIN_COST}")
        self._cost = cost
        self._hash_of_nobody = self.hash("nobody has this password")

    def hash(self, password: str) -> str:
        return bcrypt.hashpw(_digest(password), bcrypt.gensalt(self._cost)).decode()

    def matches(self, password: str, password_hash: str | None) -> bool:
        is_match = bcrypt.checkpw(_digest(password), (password_hash or self._hash_of_nobody).encode())
        return is_match and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        return int(password_hash.split("$")[2]) < self._cost


def _digest(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
