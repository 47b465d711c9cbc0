from __future__ import annotations

import secrets

_RANDOM = secrets.SystemRandom()


class SystemChance:
    """The operating system's source of randomness."""

    def fraction(self) -> float:
        return _RANDOM.random()

    def token(self) -> str:
        return secrets.token_urlsafe(24)
