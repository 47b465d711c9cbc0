"""Errors of the domain, each with a stable code that clients may rely on.

They describe the failure in terms of the domain. The entrypoint of each protocol maps them to status
codes or close reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.domain.error_codes import ErrorCode, Resource


class DomainError(Exception):
    """The base class of all errors that are reported to a client.

    `code` is stable and snake_case; `detail` is one sentence for a person.
    """

    code: ErrorCode = ErrorCode.DOMAIN_ERROR

    def __init__(self, detail: str, *, code: ErrorCode | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code


class NotFound(DomainError):
    """The resource does not exist or belongs to another user; a client cannot tell which."""

    code = ErrorCode.NOT_FOUND

    def __init__(self, what: Resource) -> None:
        super().__init__(f"There is no such {what}.", code=ErrorCode.of_missing(what))


class Conflict(DomainError):
    """The request is well-formed, but the current state does not allow it."""

    code = ErrorCode.CONFLICT


class Invalid(DomainError):
    """A value breaks a rule of the domain; `errors` maps a field to its messages."""

    code = ErrorCode.INVALID

    def __init__(
        self,
        detail: str,
        *,
        code: ErrorCode | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(detail, code=code)
        self.errors = {field: list(messages) for field, messages in (errors or {}).items()}


class Malformed(DomainError):
    """A proof such as a one-time password or a reset token is not valid."""

    code = ErrorCode.MALFORMED


class NotAuthenticated(DomainError):
    """The client is not authenticated: its credentials are missing, wrong or expired."""

    code = ErrorCode.NOT_AUTHENTICATED


class Forbidden(DomainError):
    """The client is authenticated but may not do this."""

    code = ErrorCode.FORBIDDEN


class PreconditionFailed(DomainError):
    """The client's view of the resource is out of date (RFC 9110, section 13.1.1)."""

    code = ErrorCode.PRECONDITION_FAILED

    def __init__(self) -> None:
        super().__init__("The resource has changed since you read it. Read it again and repeat the change.")


class Gone(DomainError):
    """The resource existed and has been removed permanently."""

    code = ErrorCode.GONE


class TooManyRequests(DomainError):
    """A limit is used up. The client can try again after `retry_after_seconds`."""

    code = ErrorCode.TOO_MANY_REQUESTS

    def __init__(self, detail: str, *, retry_after_seconds: int, code: ErrorCode | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(DomainError):
    """A required part of the installation is temporarily unavailable. The client can try again."""

    code = ErrorCode.UNAVAILABLE

    def __init__(self, detail: str, *, retry_after_seconds: int = 5, code: ErrorCode | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after_seconds = retry_after_seconds


class AlreadyExists(Exception):
    """A store refuses to add a record because its id or a unique key is already taken."""


class VersionConflict(Exception):
    """A store refuses to save a record that was changed or removed since it was read."""
