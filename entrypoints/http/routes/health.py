"""/health: health checks for load balancers and operators."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import jsonify

from core.services.operations.health import is_ready
from entrypoints.http.access.admission import limited
from entrypoints.http.kit.blueprints import Blueprint, application, public

health = Blueprint("health", __name__, url_prefix="/health", description="Health checks")


class LiveSchema(ma.Schema):
    status = ma.fields.String(metadata={"example": "ok"})


class DependencySchema(ma.Schema):
    status = ma.fields.String(metadata={"example": "up"})
    required = ma.fields.Boolean()
    latency_ms = ma.fields.Integer(metadata={"example": 1})


class ReadySchema(ma.Schema):
    status = ma.fields.String(metadata={"example": "ready"})
    dependencies = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Nested(DependencySchema))


@health.route("/live")
@limited("health")
@public
@health.response(200, LiveSchema)
def check_liveness() -> dict[str, str]:
    """Check that the process answers"""
    return {"status": "ok"}


@health.route("/ready")
@limited("health")
@public
@health.response(200, ReadySchema)
@health.alt_response(503, schema=ReadySchema, description="A dependency is unavailable", success=False)
def check_readiness() -> Any:
    """Check the dependencies and their latency"""
    answers = application().operations.health.check()
    body = {
        "status": "ready" if is_ready(answers) else "not_ready",
        "dependencies": {
            answer.name: {
                "status": "up" if answer.is_up else "down",
                "required": answer.is_required,
                "latency_ms": answer.latency_ms,
            }
            for answer in answers
        },
    }
    response = jsonify(body)
    response.status_code = 200 if is_ready(answers) else 503
    return response
