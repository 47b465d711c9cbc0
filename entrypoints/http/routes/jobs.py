"""/jobs."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from core.domain.jobs.jobs import Job, JobFilter, JobKind, JobStatus
from entrypoints.http.access.current_user import user_id
from entrypoints.http.kit.blueprints import Blueprint, PageQuery, application, page_schema
from entrypoints.http.kit.idempotency import IdempotencyHeader, idempotency_key
from entrypoints.http.kit.job_answers import JobSchema, job_answer
from entrypoints.http.kit.paging import page_body, page_request

jobs = Blueprint("jobs", __name__, description="Long work, and how far it is")


class JobQuery(PageQuery):
    status = ma.fields.List(ma.fields.Enum(JobStatus, by_value=ma.fields.String), load_default=())
    kind = ma.fields.List(ma.fields.Enum(JobKind, by_value=ma.fields.String), load_default=())


JobPageSchema = page_schema(JobSchema, "JobPage")


def _plain(job: Job) -> Response:
    return jsonify(application().foundation.client_json.job(job))


@jobs.route("/jobs")
@jobs.arguments(JobQuery, location="query")
@jobs.response(200, JobPageSchema)
def list_jobs(query: dict[str, Any]) -> Response:
    """Your jobs, newest first"""
    wanted = JobFilter(tuple(query["status"]), tuple(query["kind"]))
    page = application().jobs.service.page(user_id(), wanted, page_request(query))
    return jsonify(page_body(page, application().foundation.client_json.job))


@jobs.route("/jobs/<ulid:job_id>")
@jobs.response(200, JobSchema)
@jobs.problems(404)
@jobs.conditional_read
def get_job(job_id: str) -> Response:
    """One job"""
    return job_answer(application().jobs.service.get(user_id(), job_id))


@jobs.route("/jobs/<ulid:job_id>/cancel", methods=["POST"])
@jobs.response(200, JobSchema)
@jobs.problems(404, 409)
def cancel_job(job_id: str) -> Response:
    """Cancel a job

    A waiting job ends at once; a running one at its next step, and keeps what it has made.
    """
    return _plain(application().jobs.service.cancel(user_id(), job_id))


@jobs.route("/jobs/<ulid:job_id>/retry", methods=["POST"])
@jobs.arguments(IdempotencyHeader, location="headers")
@jobs.response(200, JobSchema)
@jobs.problems(404, 409)
def retry_job(header: dict[str, str], job_id: str) -> Response:
    """Retry a failed job"""
    return _plain(application().jobs.service.retry(user_id(), job_id, idempotency_key(header)))
