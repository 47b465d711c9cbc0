"""Starting jobs, and looking after them."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.memory.cache import MemoryExpiringCache
from core.domain.jobs.limits import JobLimits
from core.services.jobs.events import JobEvents
from core.services.jobs.idempotency import IdempotencyService
from core.services.jobs.jobs import JobService
from core.services.jobs.operations import JobAdminService
from entrypoints.wiring.foundation import Foundation


@dataclass(frozen=True, slots=True)
class Jobs:
    service: JobService
    admin: JobAdminService
    events: JobEvents
    idempotency: IdempotencyService


def build_jobs(foundation: Foundation) -> Jobs:
    clock, ids = foundation.system.clock, foundation.system.ids
    stores, queue = foundation.stores, foundation.queue
    published = MemoryExpiringCache(clock)
    events = JobEvents(foundation.shared.channel, foundation.client_json.job, clock, published)
    idempotency = IdempotencyService(stores.keyed_requests, clock, ids)
    settings = foundation.settings
    limits = JobLimits(settings.job_max_attempts, settings.max_queued_jobs_per_user)
    service = JobService(stores.jobs, queue, idempotency, events, limits, clock, ids)
    return Jobs(
        service=service,
        admin=JobAdminService(stores.jobs, service, queue, clock),
        events=events,
        idempotency=idempotency,
    )
