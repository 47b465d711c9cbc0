"""Rules for new passwords (OWASP ASVS 2.1: length and common passwords count, composition does not)."""

from __future__ import annotations

from core.domain.error_codes import ErrorCode
from core.domain.errors import Invalid
from core.domain.identity.users import MAX_PASSWORD_LENGTH, User
from core.domain.mail.addresses import known_email_keys
from ports.identity import CommonPasswords, PasswordHasher


class PasswordRules:
    def __init__(self, passwords: PasswordHasher, common: CommonPasswords, min_length: int) -> None:
        self._passwords = passwords
        self._common = common
        self._min_length = min_length

    def check_new(self, password: str, email: str, *, field: str) -> None:
        """Raises Invalid with the code and message of the broken rule, for that field."""
        if len(password) < self._min_length:
            raise _broken(
                field, ErrorCode.PASSWORD_TOO_SHORT, f"Must have at least {self._min_length} characters."
            )
        if len(password) > MAX_PASSWORD_LENGTH:
            raise _broken(
                field, ErrorCode.PASSWORD_TOO_LONG, f"Must have at most {MAX_PASSWORD_LENGTH} characters."
            )
        keys = known_email_keys(email)
        if password.casefold() in (*keys, *(key.rpartition("@")[0] for key in keys)):
            raise _broken(field, ErrorCode.PASSWORD_IS_EMAIL, "Must not be the email address.")
        if self._common.contains(password):
            raise _broken(field, ErrorCode.PASSWORD_TOO_COMMON, "Is one of the most common passwords.")

    def check_change(self, password: str, user: User, *, field: str) -> None:
        """The same, and refuse the user's current and previous passwords (`password_reused`)."""
        self.check_new(password, user.email, field=field)
        for known in (user.password_hash, *user.previous_password_hashes):
            if self._passwords.matches(password, known):
                raise _broken(field, ErrorCode.PASSWORD_REUSED, "Was used before. Choose a new one.")


def _broken(field: str, code: ErrorCode, message: str) -> Invalid:
    return Invalid(f"The password cannot be used: {message}", code=code, errors={field: [message]})
