from __future__ import annotations

from zxcvbn.frequency_lists import FREQUENCY_LISTS

_HOW_MANY = 10_000


class ZxcvbnCommonPasswords:
    """The most frequent entries of zxcvbn's list of leaked passwords."""

    def __init__(self) -> None:
        self._common = frozenset(FREQUENCY_LISTS["passwords"][:_HOW_MANY])

    def contains(self, password: str) -> bool:
        return password.lower() in self._common
