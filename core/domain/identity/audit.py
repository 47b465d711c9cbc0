"""The audit log: append-only security events of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SecurityAction(StrEnum):
    REGISTERED = "registered"
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOGIN_ENDED = "login_ended"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET_REQUESTED = "password_reset_requested"
    PASSWORD_RESET_VERIFIED = "password_reset_verified"
    PASSWORD_RESET_CONFIRMED = "password_reset_confirmed"
    EMAIL_VERIFIED = "email_verified"


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    """A limit refused the action."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a request, as far as it is known."""

    address: str = ""
    user_agent: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """An event without secrets. Without an account, `user_id` is None and `email_hash` is a keyed hash."""

    id: str
    action: SecurityAction
    outcome: Outcome
    at: datetime
    origin: Origin
    user_id: str | None = None
    email_hash: str | None = None
    reason: str = ""
    version: int = 1
