"""Wiring of the work of a worker: jobs with their follow-ups, and chores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.system.heartbeat import ThreadHeartbeat
from core.services.jobs.chores import Chore, ChoreRunner, DueJobs
from core.services.jobs.follow_ups import EmailUser, JobFollowUps, NotifyUser
from core.services.jobs.runner import JobRunner, WorkerLimits
from core.services.jobs.types import JobTypes
from entrypoints.wiring.foundation import Foundation
from entrypoints.wiring.identity import Identity
from entrypoints.wiring.jobs import Jobs
from entrypoints.wiring.library import Library
from entrypoints.wiring.live import Live
from entrypoints.wiring.mail import Mail


@dataclass(frozen=True, slots=True)
class Work:
    runner: JobRunner
    due_jobs: DueJobs
    chores: ChoreRunner


def build_work(
    foundation: Foundation,
    mail: Mail,
    live: Live,
    identity: Identity,
    jobs: Jobs,
    library: Library,
    types: JobTypes,
) -> Work:
    settings, stores, system = foundation.settings, foundation.stores, foundation.system
    handlers = (NotifyUser(types, live.notifications), EmailUser(types, stores.users, mail.outbox))
    follow_ups = JobFollowUps(stores.jobs, handlers, system.clock)
    limits = WorkerLimits(foundation.owner, settings.job_lease, settings.max_running_jobs_per_user)
    due_jobs = DueJobs(stores.jobs, foundation.queue, system.clock)
    return Work(
        due_jobs=due_jobs,
        runner=JobRunner(stores.jobs, types, follow_ups, jobs.events, system, ThreadHeartbeat(), limits),
        chores=ChoreRunner(
            _chores(foundation, mail, identity, jobs, library, (due_jobs, follow_ups)),
            stores.chores,
            system.clock,
            foundation.owner,
        ),
    )


def _chores(
    foundation: Foundation,
    mail: Mail,
    identity: Identity,
    jobs: Jobs,
    library: Library,
    sweeps: tuple[DueJobs, JobFollowUps],
) -> Sequence[Chore]:
    """Users wait for the first four; the others clean up."""
    stores, clock = foundation.stores, foundation.system.clock
    soon = foundation.settings.sweep_interval
    due_jobs, follow_ups = sweeps
    return (
        Chore("due jobs", soon, due_jobs.sweep),
        Chore("follow-ups", soon, follow_ups.sweep),
        Chore("account emails", soon, identity.account_emails.sweep),
        Chore("outbox", soon, mail.outbox.sweep),
        Chore("expired exports", timedelta(minutes=1), library.exports.sweep),
        Chore("ownerless files", timedelta(minutes=10), library.file_cleanup.sweep),
        Chore("deleted sessions", timedelta(minutes=1), library.sessions.sweep),
        Chore("idempotency keys", timedelta(minutes=10), jobs.idempotency.sweep),
        Chore(
            "expired logins",
            timedelta(hours=1),
            lambda: stores.logins.remove_expired(clock.now() - timedelta(days=1)),
        ),
    )
