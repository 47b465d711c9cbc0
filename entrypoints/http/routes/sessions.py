"""/sessions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response

from core.domain.library.sessions import (
    DESCRIPTION,
    ROLE,
    TAGS,
    TOPICS,
    Experience,
    SessionChanges,
    SessionContent,
    SessionFilter,
    SessionStatus,
)
from core.services.library.sessions import CountedSession
from entrypoints.http.access.current_user import user_id
from entrypoints.http.kit.blueprints import Blueprint, PageQuery, application, page_schema
from entrypoints.http.kit.etags import expected_version, with_etag
from entrypoints.http.kit.fields import Labels, Moment, Text
from entrypoints.http.kit.idempotency import IdempotencyHeader, idempotency_key
from entrypoints.http.kit.openapi import LOCATION
from entrypoints.http.kit.paging import page_body, page_request

sessions = Blueprint("sessions", __name__, url_prefix="/sessions", description="Interview sessions")


class SessionContentSchema(ma.Schema):
    role = Text(ROLE, metadata={"example": "Backend engineer"})
    experience = ma.fields.Enum(Experience, by_value=ma.fields.String, metadata={"example": "senior"})
    topics = Labels(TOPICS, metadata={"example": ["Python", "SQL"]})
    description = Text(DESCRIPTION, metadata={"example": "For the interview in March"})
    tags = Labels(TAGS, metadata={"example": ["march"]})
    status = ma.fields.Enum(SessionStatus, by_value=ma.fields.String, metadata={"example": "planned"})


class NewSessionSchema(SessionContentSchema):
    role = Text(ROLE, required=True, metadata={"example": "Backend engineer"})
    experience = ma.fields.Enum(
        Experience, by_value=ma.fields.String, required=True, metadata={"example": "senior"}
    )
    topics = Labels(TOPICS, required=True, metadata={"example": ["Python", "SQL"]})


class SessionSchema(SessionContentSchema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    question_count = ma.fields.Integer(metadata={"example": 10})
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})
    updated_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})


class SessionQuery(PageQuery):
    status = ma.fields.List(
        ma.fields.Enum(SessionStatus, by_value=ma.fields.String),
        load_default=(),
        metadata={"description": "Any of these; may be repeated."},
    )
    tag = ma.fields.List(
        ma.fields.String(), load_default=(), metadata={"description": "Any of these; may be repeated."}
    )


SessionPageSchema = page_schema(SessionSchema, "SessionPage")


def shown(counted: CountedSession) -> dict[str, Any]:
    """What SessionSchema writes of it."""
    return {**asdict(counted.session), "question_count": counted.question_count}


def _answer(counted: CountedSession) -> Response:
    body = SessionSchema().dump(shown(counted))
    return with_etag(body, counted.session.version, counted.question_count)


def _expected_version(session_id: str) -> int | None:
    return expected_version(lambda: application().library.sessions.get(user_id(), session_id).session.version)


@sessions.route("", methods=["POST"])
@sessions.arguments(NewSessionSchema)
@sessions.arguments(IdempotencyHeader, location="headers")
@sessions.response(201, SessionSchema, headers=LOCATION)
@sessions.problems(409)
def create_session(body: dict[str, Any], header: dict[str, str]) -> tuple[Response, int, dict[str, str]]:
    """Create a session"""
    created = application().library.sessions.create(
        user_id(), SessionContent(**body), idempotency_key(header)
    )
    return _answer(created), 201, {"Location": f"/api/v1/sessions/{created.session.id}"}


@sessions.route("")
@sessions.arguments(SessionQuery, location="query")
@sessions.response(200, SessionPageSchema)
def list_sessions(query: dict[str, Any]) -> dict[str, Any]:
    """List your sessions

    Newest first.
    """
    wanted = SessionFilter(tuple(query["status"]), tuple(query["tag"]))
    return page_body(application().library.sessions.page(user_id(), wanted, page_request(query)), shown)


@sessions.route("/<ulid:session_id>")
@sessions.response(200, SessionSchema)
@sessions.problems(404)
@sessions.conditional_read
def get_session(session_id: str) -> Response:
    """Get a session"""
    return _answer(application().library.sessions.get(user_id(), session_id))


@sessions.route("/<ulid:session_id>", methods=["PATCH"])
@sessions.arguments(SessionContentSchema)
@sessions.response(200, SessionSchema)
@sessions.problems(404)
@sessions.conditional_change
def update_session(body: dict[str, Any], session_id: str) -> Response:
    """Update a session"""
    changed = application().library.sessions.update(
        user_id(), session_id, SessionChanges(**body), _expected_version(session_id)
    )
    return _answer(changed)


@sessions.route("/<ulid:session_id>", methods=["DELETE"])
@sessions.response(204)
@sessions.problems(404)
@sessions.conditional_change
def delete_session(session_id: str) -> None:
    """Delete a session and its questions"""
    application().library.sessions.delete(user_id(), session_id, _expected_version(session_id))
