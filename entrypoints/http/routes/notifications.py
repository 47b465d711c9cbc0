"""/notifications."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from core.domain.live.notifications import MAX_NOTIFICATIONS, NotificationType
from entrypoints.http.access.current_user import user_id
from entrypoints.http.kit.blueprints import Blueprint, application
from entrypoints.http.kit.fields import Bounded, Flag, Moment

notifications = Blueprint(
    "notifications", __name__, url_prefix="/notifications", description="Your newest 100 notifications"
)


class NotificationSchema(ma.Schema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    type = ma.fields.Enum(NotificationType, by_value=True)
    title = ma.fields.String(metadata={"example": "Your questions are ready"})
    body = ma.fields.String(metadata={"example": "10 new questions."})
    data = ma.fields.Dict(
        keys=ma.fields.String(), metadata={"example": {"job_id": "01JD3Y5B0ZK4V9Q8N7M6H5G4F3"}}
    )
    read_at = Moment(allow_none=True)
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})


class NotificationListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(NotificationSchema))
    next_cursor = ma.fields.String(
        allow_none=True, metadata={"description": "Always null: the list has one page."}
    )
    unread_count = ma.fields.Integer(metadata={"example": 3})


class NotificationQuery(ma.Schema):
    unread = ma.fields.Boolean(
        load_default=False, metadata={"description": "List only unread notifications."}
    )


class ReadSchema(ma.Schema):
    ids = Bounded(
        ma.fields.String(validate=ma.validate.Length(max=26)),
        min_items=1,
        max_items=MAX_NOTIFICATIONS,
        metadata={"example": ["01JD3Y6T0ZK4V9Q8N7M6H5G4F3"]},
    )
    all = Flag(
        validate=ma.validate.Equal(True),
        metadata={"description": "Mark all notifications, instead of `ids`."},
    )

    @ma.validates_schema
    def check_one_of(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ma.ValidationError("Send either `ids` or `all: true`.")


class UpdatedSchema(ma.Schema):
    updated = ma.fields.Integer(metadata={"example": 3})


@notifications.route("")
@notifications.arguments(NotificationQuery, location="query")
@notifications.response(200, NotificationListSchema)
@notifications.problems(401, 422)
def list_notifications(query: dict[str, bool]) -> Response:
    """List your notifications

    Newest first.
    """
    service = application().live.notifications
    newest = service.newest(user_id(), only_unread=query["unread"])
    as_json = application().foundation.client_json.notification
    return jsonify(
        items=[as_json(notification) for notification in newest],
        next_cursor=None,
        unread_count=service.unread_count(user_id()),
    )


@notifications.route("/read", methods=["POST"])
@notifications.arguments(ReadSchema)
@notifications.response(200, UpdatedSchema)
@notifications.problems(400, 401, 415, 422)
def mark_notifications_read(body: dict[str, Any]) -> dict[str, int]:
    """Mark notifications as read"""
    return {"updated": application().live.notifications.mark_read(user_id(), body.get("ids"))}


@notifications.route("", methods=["DELETE"])
@notifications.response(204)
@notifications.problems(401)
def delete_notifications() -> None:
    """Delete your notifications"""
    application().live.notifications.clear(user_id())
