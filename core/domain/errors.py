"""Errors of the domain, each with a stable code that clients may rely on.

They say what went wrong in the domain's words. What a protocol makes of them (a status code, a
close reason) is decided at the entrypoint that speaks the protocol.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """The root of all errors that a client can cause or must be told about.

    `code` is stable and snake_case; `detail` is one sentence for a person.
    """

    code = "domain_error"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code


class NotFound(DomainError):
    """The thing does not exist, or belongs to somebody else, which must look the same."""

    code = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.", code=f"{what.replace(' ', '_')}_not_found")


class Conflict(DomainError):
    """The request is well-formed but the present state does not allow it."""

    code = "conflict"


class Invalid(DomainError):
    """A value breaks a rule of the domain; `errors` maps a field to its messages."""

    code = "invalid"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(detail, code=code)
        self.errors = {field: list(messages) for field, messages in (errors or {}).items()}


class Malformed(DomainError):
    """A proof of some kind (one-time password, reset token) is not a valid one."""

    code = "malformed"


class NotAuthenticated(DomainError):
    """Who is asking is unknown: no credentials, wrong ones, or ones that have ended."""

    code = "not_authenticated"


class Forbidden(DomainError):
    """Who is asking is known, and may not do this."""

    code = "forbidden"


class PreconditionFailed(DomainError):
    """The client's view of the resource is out of date (RFC 9110, section 13.1.1)."""

    code = "precondition_failed"

    def __init__(self) -> None:
        super().__init__("The resource has changed since you read it. Read it again and repeat the change.")


class Gone(DomainError):
    """The thing existed and has been removed for good."""

    code = "gone"


class TooManyRequests(DomainError):
    """A limit is used up; it is worth trying again after `retry_after_seconds`."""

    code = "too_many_requests"

    def __init__(self, detail: str, *, retry_after_seconds: int, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(DomainError):
    """A part that this needs is away for now; it is worth trying again."""

    code = "unavailable"

    def __init__(self, detail: str, *, retry_after_seconds: int = 5, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after_seconds = retry_after_seconds


class AlreadyExists(Exception):
    """A store refuses to add a record whose id or unique key it already holds."""


class VersionConflict(Exception):
    """A store refuses to save a record that somebody else has saved, or removed, in the meantime."""
