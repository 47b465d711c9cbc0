"""/jobs, and the routes that start one."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import marshmallow as ma
from flask import request

from core.domain.generation.briefs import COUNT, INSTRUCTIONS
from core.domain.jobs.idempotency import IdempotencyKey
from core.domain.jobs.jobs import Job, JobFilter, JobKind, JobStatus
from core.domain.library.questions import Difficulty
from core.domain.library.sessions import TOPICS
from entrypoints.http.access.admission import limited
from entrypoints.http.access.current_user import user_id
from entrypoints.http.kit.blueprints import Blueprint, PageQuery, application, page_schema
from entrypoints.http.kit.etags import with_etag
from entrypoints.http.kit.fields import Labels, Moment, Text
from entrypoints.http.kit.openapi import LOCATION
from entrypoints.http.kit.paging import page_body, page_request

jobs = Blueprint("jobs", __name__, description="Long work, and how far it is")

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class ProgressSchema(ma.Schema):
    done = ma.fields.Integer(metadata={"example": 10})
    total = ma.fields.Integer(metadata={"example": 20})
    message = ma.fields.String(metadata={"example": "Writing questions"})


class JobErrorSchema(ma.Schema):
    code = ma.fields.String(metadata={"example": "provider_unavailable"})
    detail = ma.fields.String(metadata={"example": "The AI service does not answer."})


class JobSchema(ma.Schema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    kind = ma.fields.Enum(JobKind, by_value=ma.fields.String, metadata={"example": "generate_questions"})
    status = ma.fields.Enum(JobStatus, by_value=ma.fields.String, metadata={"example": "running"})
    progress = ma.fields.Nested(ProgressSchema)
    attempts = ma.fields.Integer(metadata={"example": 1})
    result = ma.fields.Dict(
        keys=ma.fields.String(),
        metadata={
            "description": "What was made: `question_ids`, `requested`, token `usage` and `remarks` "
            "(sentences on topics that were taken as others or not served), or `export_id`.",
            "example": {"question_ids": ["01JD3Y6T0ZK4V9Q8N7M6H5G4F4"], "requested": 1},
        },
    )
    error = ma.fields.Nested(JobErrorSchema, allow_none=True)
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})
    started_at = Moment(allow_none=True, metadata={"example": "2026-01-15T09:30:01.000Z"})
    finished_at = Moment(allow_none=True, metadata={"example": "2026-01-15T09:30:21.000Z"})


class StartedSchema(ma.Schema):
    job = ma.fields.Nested(JobSchema)


class GenerateSchema(ma.Schema):
    count = ma.fields.Integer(
        strict=True,
        required=True,
        validate=ma.validate.Range(COUNT.minimum, COUNT.maximum),
        metadata={"example": 10},
    )
    difficulty = ma.fields.Enum(
        Difficulty,
        by_value=ma.fields.String,
        metadata={"description": "Without it, a mix that suits the experience.", "example": "medium"},
    )
    topics = Labels(TOPICS, metadata={"description": "Instead of the session's.", "example": ["SQL"]})
    instructions = Text(INSTRUCTIONS, metadata={"example": "Ask about transactions."})


class JobQuery(PageQuery):
    status = ma.fields.List(ma.fields.Enum(JobStatus, by_value=ma.fields.String), load_default=())
    kind = ma.fields.List(ma.fields.Enum(JobKind, by_value=ma.fields.String), load_default=())


class IdempotencyHeader(ma.Schema):
    key = ma.fields.String(
        data_key="Idempotency-Key",
        validate=ma.validate.Regexp(
            f"^(?:{_KEY.pattern})$", error="Must be 1 to 255 visible ASCII characters."
        ),
        metadata={"description": "The same key with the same request starts the work once, for 24 hours."},
    )


JobPageSchema = page_schema(JobSchema, "JobPage")


def idempotency_key(header: dict[str, str]) -> IdempotencyKey | None:
    """The key of the present request, bound to all that it asks for."""
    key = header.get("key")
    if key is None:
        return None
    asked = b"\n".join([request.method.encode(), request.path.encode(), request.get_data()])
    return IdempotencyKey(key, hashlib.sha256(asked).hexdigest())


def started(job: Job) -> tuple[dict[str, Job], int, dict[str, str]]:
    """The answer of a route that has started a job."""
    return {"job": job}, 202, {"Location": f"/api/v1/jobs/{job.id}"}


@jobs.route("/sessions/<ulid:session_id>/questions/generate", methods=["POST"])
@limited("generate")
@jobs.arguments(GenerateSchema)
@jobs.arguments(IdempotencyHeader, location="headers")
@jobs.response(202, StartedSchema, headers=LOCATION)
@jobs.problems(404, 409)
def generate_questions(body: dict[str, Any], header: dict[str, Any], session_id: str) -> Any:
    """Let questions be written

    They are stored in batches as they arrive; the job tells how far it is.
    """
    job = application().generation.request(user_id(), session_id, key=idempotency_key(header), **body)
    return started(job)


@jobs.route("/questions/<ulid:question_id>/regenerate", methods=["POST"])
@limited("generate")
@jobs.arguments(IdempotencyHeader, location="headers")
@jobs.response(202, StartedSchema, headers=LOCATION)
@jobs.problems(404, 422)
def regenerate_question(header: dict[str, Any], question_id: str) -> Any:
    """Let a question be written anew

    It keeps its id, pin, notes and tags.
    """
    key = idempotency_key(header)
    return started(application().generation.request_regeneration(user_id(), question_id, key))


@jobs.route("/jobs")
@jobs.arguments(JobQuery, location="query")
@jobs.response(200, JobPageSchema)
def list_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """Your jobs, newest first"""
    wanted = JobFilter(tuple(query["status"]), tuple(query["kind"]))
    return page_body(application().jobs.page(user_id(), wanted, page_request(query)))


@jobs.route("/jobs/<ulid:job_id>")
@jobs.response(200, JobSchema)
@jobs.problems(404)
@jobs.conditional_read
def get_job(job_id: str) -> Any:
    """One job"""
    job = application().jobs.get(user_id(), job_id)
    return with_etag(JobSchema().dump(job), job.version)


@jobs.route("/jobs/<ulid:job_id>/cancel", methods=["POST"])
@jobs.response(200, JobSchema)
@jobs.problems(404, 409)
def cancel_job(job_id: str) -> Job:
    """Cancel a job

    A waiting job ends at once; a running one at its next step, and keeps what it has made.
    """
    return application().jobs.cancel(user_id(), job_id)


@jobs.route("/jobs/<ulid:job_id>/retry", methods=["POST"])
@jobs.response(200, JobSchema)
@jobs.problems(404, 409)
def retry_job(job_id: str) -> Job:
    """Retry a failed job"""
    return application().jobs.retry(user_id(), job_id)
