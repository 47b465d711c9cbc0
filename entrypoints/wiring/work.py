"""What a worker does: run jobs and follow them up, send emails, and the chores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.system.heartbeat import ThreadHeartbeat
from core.services.jobs.chores import ChoreRunner, DueJobs
from core.services.jobs.follow_ups import EmailUser, JobFollowUps, NotifyUser
from core.services.jobs.runner import JobRunner, WorkerLimits
from core.services.jobs.types import JobTypes
from entrypoints.wiring.foundation import Foundation
from entrypoints.wiring.generation import generation_jobs
from entrypoints.wiring.jobs import Jobs
from entrypoints.wiring.library import Library, export_job
from entrypoints.wiring.live import Live
from entrypoints.wiring.mail import Mail
from ports.generation import QuestionGenerator


@dataclass(frozen=True, slots=True)
class Work:
    runner: JobRunner
    chores: ChoreRunner


def build_work(
    foundation: Foundation,
    mail: Mail,
    live: Live,
    jobs: Jobs,
    library: Library,
    generators: Sequence[QuestionGenerator] | None = None,
) -> Work:
    settings, stores, system = foundation.settings, foundation.stores, foundation.system
    types = JobTypes((*generation_jobs(foundation, generators), export_job(foundation)))
    handlers = (NotifyUser(types, live.notifications), EmailUser(types, stores.users, mail.outbox))
    follow_ups = JobFollowUps(stores.jobs, handlers, system.clock)
    limits = WorkerLimits(foundation.owner, settings.job_lease, settings.max_running_jobs_per_user)
    return Work(
        runner=JobRunner(stores.jobs, types, follow_ups, jobs.events, system, ThreadHeartbeat(), limits),
        chores=ChoreRunner(
            {
                "due jobs": DueJobs(stores.jobs, foundation.queue, system.clock).sweep,
                "follow-ups": follow_ups.sweep,
                "outbox": mail.outbox.sweep,
                "expired exports": library.exports.sweep,
                "deleted sessions": library.sessions.sweep,
                "idempotency keys": jobs.idempotency.sweep,
                "expired logins": lambda: stores.logins.remove_expired(
                    system.clock.now() - timedelta(days=1)
                ),
            }
        ),
    )
