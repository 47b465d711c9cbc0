"""interview-prep jobs: the job ledger."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from core.domain.jobs.jobs import Job, JobFilter, JobStatus
from core.domain.paging import PageRequest
from entrypoints.client_json import rfc3339
from entrypoints.commands.context import opened_application, opened_foundation

if TYPE_CHECKING:
    from core.services.jobs.operations import JobAdminService
    from entrypoints.wiring.foundation import Foundation


@click.group()
def jobs() -> None:
    """Show and repair jobs."""


def _ledger(foundation: Foundation) -> JobAdminService:
    from entrypoints.wiring.jobs import build_jobs

    return build_jobs(foundation).admin


@jobs.command("list")
@click.option("--status", type=click.Choice([status.value for status in JobStatus]), help="Only these.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100))
def list_jobs(status: str | None, limit: int) -> None:
    """List the newest jobs of all users, and the state of the queue."""
    with opened_foundation() as foundation:
        admin = _ledger(foundation)
        overview = admin.overview()
        counts = ", ".join(f"{overview.counts.get(known, 0)} {known}" for known in JobStatus)
        click.echo(f"Jobs            {counts}")
        click.echo(
            f"Queue depth     {'the queue is unavailable' if overview.hints is None else overview.hints}"
        )
        click.echo(f"Oldest waiting  {_waiting(overview.oldest_waiting)}")
        click.echo(f"Running         {len(overview.running)}, of which stuck: {len(overview.stuck)}\n")
        wanted = JobFilter((JobStatus(status),) if status else ())
        stuck = {job.id for job in overview.stuck}
        for job in admin.page(wanted, PageRequest(limit)).items:
            click.echo(_line(job, is_stuck=job.id in stuck))


def _waiting(job: Job | None) -> str:
    if job is None:
        return "none"
    seconds = (datetime.now(UTC) - job.run_after).total_seconds()
    return f"{job.id} for {max(seconds, 0):.0f} s"


def _line(job: Job, *, is_stuck: bool) -> str:
    progress = f"{job.progress.done}/{job.progress.total}"
    state = "stuck" if is_stuck else job.status.value
    error = job.error.code if job.error else ""
    columns = f"{job.id}  {job.kind.value:<20} {state:<10} {progress:>9}  attempt {job.attempts}"
    return f"{columns}  {rfc3339(job.created_at)}  {error}".rstrip()


@jobs.command("show")
@click.argument("job_id")
def show_job(job_id: str) -> None:
    """Show a job as JSON, with its user, parameters and lease."""
    with opened_foundation() as foundation:
        job = _ledger(foundation).get(job_id)
        lease = job.lease
        held = None if lease is None else {"owner": lease.owner, "ends_at": rfc3339(lease.ends_at)}
        shown = {
            **foundation.client_json.job(job),
            "user_id": job.user_id,
            "params": job.params,
            "run_after": rfc3339(job.run_after),
            "lease": held,
        }
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))


@jobs.command("retry")
@click.argument("job_id")
def retry_job(job_id: str) -> None:
    """Queue a failed job again."""
    with opened_foundation() as foundation:
        click.echo(f"{_ledger(foundation).retry(job_id).id} is queued")


@jobs.command("sweep")
def sweep_jobs() -> None:
    """Run all chores now: queue lost jobs again, finish follow-ups, remove expired records."""
    with opened_application() as application:
        for chore, count in application.work.chores.run_all().items():
            click.echo(f"{chore}: {count}")
