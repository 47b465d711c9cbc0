"""Job types: everything that one kind of job needs, in one object.

A new kind of job is one module with one `JobType`, and one line in the wiring.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from core.domain.jobs.jobs import Job, JobKind
from core.domain.json import JsonObject
from core.domain.mail.messages import EmailMessage
from core.domain.retries import RetryPolicy
from core.services.jobs.attempts import JobAttempt
from core.services.live.notifications import Notice


class JobType(Protocol):
    """`params` and `result` of a job are the JSON of values of the type's own module."""

    @property
    def kind(self) -> JobKind: ...

    @property
    def retry_policy(self) -> RetryPolicy: ...

    def run(self, attempt: JobAttempt) -> JsonObject:
        """Do the work; the result. Raises JobFailure, or lets pass what `attempt` raises.

        It may be run again after any failure, at any point: what it makes has ids derived from the job's
        id, so that a second run finds or overwrites what the first one made.
        """

    def notice(self, job: Job) -> Notice | None:
        """The notification for the end of the job, if there is to be one."""

    def email(self, job: Job) -> EmailMessage | None:
        """The email for the end of the job, if there is to be one."""


class JobTypes:
    """The types that this process knows, by kind."""

    def __init__(self, types: Iterable[JobType]) -> None:
        self._types = {each.kind: each for each in types}

    def get(self, kind: JobKind) -> JobType | None:
        return self._types.get(kind)
