"""/users/me: the profile and the security events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response

from core.domain.identity.audit import Outcome, SecurityAction, SecurityEvent
from core.domain.identity.users import MAX_NAME_LENGTH, User
from core.domain.rules import TextRule
from entrypoints.http.access.current_user import user_id
from entrypoints.http.kit.blueprints import Blueprint, PageQuery, application, page_schema
from entrypoints.http.kit.etags import expected_version, with_etag
from entrypoints.http.kit.fields import Moment, Text
from entrypoints.http.kit.paging import page_body, page_request

users = Blueprint("users", __name__, url_prefix="/users", description="The user's own profile")


class UserSchema(ma.Schema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    email = ma.fields.String(metadata={"example": "ada@example.com"})
    email_verified_at = Moment(
        allow_none=True,
        metadata={
            "description": "When the email address was verified; null until then.",
            "example": "2026-01-15T09:31:00.000Z",
        },
    )
    full_name = ma.fields.String(metadata={"example": "Ada Lovelace"})
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})
    updated_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})


class ProfileChangesSchema(ma.Schema):
    full_name = Text(TextRule(MAX_NAME_LENGTH), metadata={"example": "Ada King"})


class SecurityEventSchema(ma.Schema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    action = ma.fields.Enum(SecurityAction, by_value=ma.fields.String, metadata={"example": "logged_in"})
    outcome = ma.fields.Enum(Outcome, by_value=ma.fields.String, metadata={"example": "succeeded"})
    reason = ma.fields.String(metadata={"example": ""})
    address = ma.fields.String(metadata={"example": "203.0.113.7"})
    user_agent = ma.fields.String(metadata={"example": "curl/8.5.0"})
    request_id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})


SecurityEventPageSchema = page_schema(SecurityEventSchema, "SecurityEventPage")


def _shown(event: SecurityEvent) -> dict[str, Any]:
    return {**asdict(event), **asdict(event.origin)}


def _profile(user: User) -> Response:
    return with_etag(UserSchema().dump(user), user.version)


@users.route("/me")
@users.response(200, UserSchema)
@users.problems(401)
@users.conditional_read
def get_profile() -> Response:
    """Get your profile"""
    return _profile(application().identity.accounts.profile(user_id()))


@users.route("/me", methods=["PATCH"])
@users.arguments(ProfileChangesSchema)
@users.response(200, UserSchema)
@users.problems(400, 401, 413, 415, 422)
@users.conditional_change
def update_profile(body: dict[str, str]) -> Response:
    """Update your profile"""
    accounts = application().identity.accounts
    expected = expected_version(lambda: accounts.profile(user_id()).version)
    return _profile(accounts.change_profile(user_id(), expected_version=expected, **body))


@users.route("/me/security-events")
@users.arguments(PageQuery, location="query")
@users.response(200, SecurityEventPageSchema)
@users.problems(401, 422)
def list_security_events(query: dict[str, Any]) -> dict[str, Any]:
    """List your security events

    Newest first.
    """
    page = application().identity.audit_log.page(user_id(), page_request(query))
    return page_body(page, _shown)
