"""The codes of errors, which clients rely on, and their meaning."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Resource = Literal["export", "file", "job", "login", "mail", "question", "relay", "session", "user"]
"""The kinds of thing that a NotFound can be about. Its code is the kind with `_not_found`."""


class ErrorCode(StrEnum):
    """A code and one sentence about it. A released code keeps its name and its meaning."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> ErrorCode:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    # The request
    BAD_REQUEST = "bad_request", "The request is malformed, for example its JSON."
    BODY_TOO_SLOW = "body_too_slow", "The body came slower than 1 kB/s on average over 30 seconds."
    BODY_TOO_LARGE = "body_too_large", "The body is larger than 1 MiB."
    CONFLICT = "conflict", "The current state does not allow the request."
    CSRF_FAILED = "csrf_failed", "The CSRF token is missing or wrong. A request with cookies needs it."
    CURSOR_INVALID = "cursor_invalid", "The cursor does not belong to this list with these filters."
    DOMAIN_ERROR = "domain_error", "The request is refused."
    FORBIDDEN = "forbidden", "The user may not do this."
    GONE = "gone", "The resource was removed permanently."
    HEADERS_TOO_LARGE = "headers_too_large", "The headers of the request are too large."
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency_key_reused",
        "The Idempotency-Key was used for another request in the last 24 hours.",
    )
    INTERNAL_ERROR = "internal_error", "The server has a defect, which was logged."
    INVALID = "invalid", "A value breaks a rule."
    MALFORMED = "malformed", "A value cannot be understood."
    METHOD_NOT_ALLOWED = "method_not_allowed", "The URL exists, but not with this method."
    NOT_FOUND = "not_found", "The resource does not exist, or it belongs to another user."
    PERMANENT_REDIRECT = "permanent_redirect", "The resource has another URL, which `Location` names."
    PRECONDITION_FAILED = "precondition_failed", "The resource has changed since the client read it."
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable", "The file has no such range."
    RATE_LIMITED = "rate_limited", "Too many requests. `Retry-After` tells when to try again."
    ROUTE_NOT_FOUND = "route_not_found", "The API has no such URL."
    TOO_MANY_REQUESTS = "too_many_requests", "A limit is used up. `Retry-After` tells when to try again."
    UNAVAILABLE = "unavailable", "A required service is unavailable. `Retry-After` tells when to try again."
    UNKNOWN_EVENT = "unknown_event", "The socket has no event of this name."
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", "The body is not declared as JSON."
    URL_TOO_LONG = "url_too_long", "The URL is too long."
    VALIDATION_FAILED = "validation_failed", "A field breaks a rule. `errors` names the fields."
    WRONG_HOST = "wrong_host", "The server answers only requests for its own URL."

    # Accounts, logins and passwords
    CURRENT_PASSWORD_WRONG = "current_password_wrong", "The current password is wrong."
    EMAIL_TAKEN = "email_taken", "An account with this email address exists."
    INVALID_CREDENTIALS = "invalid_credentials", "The email address or the password is wrong."
    LOGIN_ENDED = "login_ended", "The login has ended. Log in again."
    LOGIN_NOT_FOUND = "login_not_found", "The login does not exist, or it belongs to another user."
    NOT_AUTHENTICATED = "not_authenticated", "The request needs a valid login."
    OTP_INVALID = "otp_invalid", "The one-time password is wrong, used or expired."
    PASSWORD_IS_EMAIL = "password_is_email", "The password must not be the email address."
    PASSWORD_REUSED = "password_reused", "The password was used before."
    PASSWORD_TOO_COMMON = "password_too_common", "The password is one of the most common ones."
    PASSWORD_TOO_LONG = "password_too_long", "The password is too long."
    PASSWORD_TOO_SHORT = "password_too_short", "The password is too short."
    REFRESH_TOKEN_INVALID = "refresh_token_invalid", "The refresh token is not valid. Log in again."
    RESET_TOKEN_INVALID = "reset_token_invalid", "The reset token is wrong, used or expired."
    TOKEN_EXPIRED = "token_expired", "The access token has expired. Refresh it."
    TOKEN_INVALID = "token_invalid", "The access token is not valid."
    TOO_MANY_CONNECTIONS = "too_many_connections", "The user has too many open sockets."
    EMAIL_NOT_VERIFIED = "email_not_verified", "This needs a verified email address."
    PASSWORDS_BUSY = (
        "passwords_busy",
        "Too many passwords are being checked. `Retry-After` tells when to try again.",
    )
    TOO_MANY_VERIFICATION_EMAILS = (
        "too_many_verification_emails",
        "Too many verification emails were requested.",
    )
    VERIFICATION_TOKEN_EXPIRED = (
        "verification_token_expired",
        "The link is older than 24 hours. Ask for a new one.",
    )
    VERIFICATION_TOKEN_INVALID = (
        "verification_token_invalid",
        "The link to verify an email address is not valid.",
    )
    TOO_MANY_FAILED_LOGINS = "too_many_failed_logins", "Too many logins with this email address have failed."
    TOO_MANY_OTP_REQUESTS = "too_many_otp_requests", "Too many one-time passwords were requested."
    USER_NOT_FOUND = "user_not_found", "The user does not exist."

    # Sessions, questions, jobs and exports
    EXPORT_EXPIRED = "export_expired", "The file is no longer kept. Export the session again."
    EXPORT_NOT_FOUND = "export_not_found", "The export does not exist, or it belongs to another user."
    FILE_NOT_FOUND = "file_not_found", "The file does not exist."
    JOB_FINISHED = "job_finished", "The job has ended already."
    JOB_NOT_FAILED = "job_not_failed", "Only a failed job can be retried."
    JOB_NOT_FOUND = "job_not_found", "The job does not exist, or it belongs to another user."
    QUESTION_NOT_FOUND = "question_not_found", "The question does not exist, or it belongs to another user."
    SESSION_EMPTY = "session_empty", "The session has no question to export."
    SESSION_FULL = "session_full", "The session has the greatest number of questions."
    SESSION_NOT_FOUND = "session_not_found", "The session does not exist, or it belongs to another user."
    TOO_MANY_EXPORTS = "too_many_exports", "The user has the greatest number of exports. Delete some."
    TOO_MANY_QUEUED_JOBS = "too_many_queued_jobs", "The user has the greatest number of queued jobs."
    TOO_MANY_SESSIONS = "too_many_sessions", "The user has the greatest number of sessions. Delete some."

    # Email
    MAIL_IN_PROGRESS = "mail_in_progress", "The email is already queued or being sent."
    MAIL_NOT_FOUND = "mail_not_found", "The email does not exist."
    MAIL_NOT_RESENDABLE = "mail_not_resendable", "An email with a one-time password cannot be sent again."
    RELAY_NOT_FOUND = "relay_not_found", "There is no relay of this name."
    REPORT_FORGED = "report_forged", "The delivery report has no valid signature."
    UNSUBSCRIBE_TOKEN_INVALID = "unsubscribe_token_invalid", "The unsubscribe link is not valid."

    @classmethod
    def of_missing(cls, resource: Resource) -> ErrorCode:
        return _BY_VALUE[f"{resource}_not_found"]


_BY_VALUE = {code.value: code for code in ErrorCode}
