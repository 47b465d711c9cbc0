"""Jobs in answers."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, jsonify

from core.domain.jobs.jobs import Job, JobKind, JobStatus
from entrypoints.http.kit.blueprints import application
from entrypoints.http.kit.etags import with_etag
from entrypoints.http.kit.fields import Moment
from entrypoints.links import API_PREFIX


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
            "(how the request was interpreted: `code`, `detail` and what it is about), or `export_id`.",
            "example": {
                "question_ids": ["01JD3Y6T0ZK4V9Q8N7M6H5G4F4"],
                "requested": 1,
                "usage": {"prompt_tokens": 0, "completion_tokens": 0},
                "remarks": [
                    {
                        "code": "topic_taken_as",
                        "detail": "“K8s” was taken as “DevOps”.",
                        "asked": "K8s",
                        "topic": "DevOps",
                    }
                ],
            },
        },
    )
    error = ma.fields.Nested(JobErrorSchema, allow_none=True)
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})
    started_at = Moment(allow_none=True, metadata={"example": "2026-01-15T09:30:01.000Z"})
    finished_at = Moment(allow_none=True, metadata={"example": "2026-01-15T09:30:21.000Z"})


class StartedSchema(ma.Schema):
    job = ma.fields.Nested(JobSchema)


def job_answer(job: Job) -> Response:
    """The job, with its ETag."""
    return with_etag(application().foundation.client_json.job(job), job.version)


def started(job: Job) -> tuple[Response, int, dict[str, str]]:
    """The answer of a route that has started a job."""
    body = {"job": application().foundation.client_json.job(job)}
    return jsonify(body), 202, {"Location": f"{API_PREFIX}/jobs/{job.id}"}
