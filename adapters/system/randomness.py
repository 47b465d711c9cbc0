from __future__ import annotations

import secrets

_RANDOM = secrets.SystemRandom()


class SystemRandomness:
    """The operating system's source of randomness."""

    def fraction(self) -> float:
        return _RANDOM.random()

    def digits(self, count: int) -> str:
        return f"{secrets.randbelow(10**count):0{count}d}"

    def token(self) -> str:
        return secrets.token_urlsafe(24)
