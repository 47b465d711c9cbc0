"""/users/me/logins: where the user is logged in."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from core.domain.identity.logins import Login
from entrypoints.http.access.current_user import identity, origin, user_id
from entrypoints.http.kit.blueprints import Blueprint, application, page_schema
from entrypoints.http.kit.fields import Moment

logins = Blueprint("logins", __name__, url_prefix="/users/me/logins", description="Where you are logged in")


class ActiveLoginSchema(ma.Schema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    device = ma.fields.String(
        metadata={"description": "The User-Agent of the client.", "example": "Firefox on Linux"}
    )
    address = ma.fields.String(metadata={"example": "203.0.113.7"})
    is_current = ma.fields.Boolean(metadata={"description": "Whether this request belongs to it."})
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})
    last_used_at = Moment(metadata={"example": "2026-01-15T10:15:00.000Z"})
    expires_at = Moment(metadata={"example": "2026-02-14T10:15:00.000Z"})


ActiveLoginPageSchema = page_schema(ActiveLoginSchema, "ActiveLoginPage")


def _shown(login: Login) -> dict[str, Any]:
    return {
        "id": login.id,
        "device": login.device,
        "address": login.address,
        "is_current": login.id == identity().login_id,
        "created_at": login.created_at,
        "last_used_at": login.last_used_at,
        "expires_at": login.expires_at,
    }


@logins.route("")
@logins.response(200, ActiveLoginPageSchema)
def list_logins() -> dict[str, Any]:
    """List your active logins

    Newest first, at most 50, all on one page.
    """
    active = application().identity.logins.active_of(user_id())
    return {"items": [_shown(login) for login in active], "next_cursor": None}


@logins.route("/<ulid:login_id>", methods=["DELETE"])
@logins.response(204)
@logins.problems(404)
def end_login(login_id: str) -> None:
    """End a login

    Its tokens become invalid, and its sockets are closed.
    """
    application().identity.logins.end(user_id(), login_id, origin())
