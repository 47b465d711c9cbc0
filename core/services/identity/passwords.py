"""Passwords: checked against the rules, hashed, and compared at a bounded rate."""

from __future__ import annotations

from core.domain.errors import Unavailable
from core.domain.identity.audit import Origin
from core.domain.identity.users import User
from core.services.identity.login_throttle import LoginThrottle
from core.services.identity.password_rules import PasswordRules
from ports.identity import PasswordHasher


class PasswordService:
    def __init__(self, hasher: PasswordHasher, rules: PasswordRules, throttle: LoginThrottle) -> None:
        self._hasher = hasher
        self._rules = rules
        self._throttle = throttle

    def check_new(self, password: str, email: str, *, field: str) -> None:
        """Raises Invalid, with a code and a message that name the broken rule for that field."""
        self._rules.check_new(password, email, field=field)

    def check_change(self, password: str, user: User, *, field: str) -> None:
        """The same, and that it is neither the current password nor one of the last (`password_reused`)."""
        self._rules.check_change(password, user, field=field)

    def hash(self, password: str) -> str:
        """Raises Unavailable (`passwords_busy`)."""
        return self._hasher.hash(password)

    def is_right(self, password: str, user: User | None, email: str, origin: Origin) -> bool:
        """Whether it is the user's password. Without a user it takes as long and is False.

        Raises TooManyRequests after too many failures for this account from this address, Unavailable
        (`passwords_busy`).
        """
        self._throttle.admit(email, origin)
        try:
            is_match = self._hasher.matches(password, user.password_hash if user else None)
        except Unavailable:
            self._throttle.give_back(email, origin)
            raise
        is_right = is_match and user is not None
        if is_right:
            self._throttle.give_back(email, origin)
        else:
            self._throttle.failed(email, origin)
        return is_right

    def rehashed(self, password: str, user: User) -> str | None:
        """A new hash of the user's password where the stored one was made at a lower cost, else None.

        None as well while too many passwords are being checked: the next login does it.
        """
        if not self._hasher.is_outdated(user.password_hash):
            return None
        try:
            return self._hasher.hash(password)
        except Unavailable:
            return None
