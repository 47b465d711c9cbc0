"""/users/me/email-preferences."""

from __future__ import annotations

import marshmallow as ma

from core.domain.mail.emails import OPTIONAL_EMAILS, EmailKind
from entrypoints.http.access.current_user import user_id
from entrypoints.http.kit.blueprints import Blueprint, application
from entrypoints.http.kit.fields import Flag

email_preferences = Blueprint(
    "email_preferences", __name__, url_prefix="/users", description="Email preferences of the user"
)

EmailPreferencesSchema = ma.Schema.from_dict(
    {kind.value: Flag(metadata={"example": True}) for kind in OPTIONAL_EMAILS}, name="EmailPreferences"
)


@email_preferences.route("/me/email-preferences")
@email_preferences.response(200, EmailPreferencesSchema)
@email_preferences.problems(401)
def get_email_preferences() -> dict[str, bool]:
    """Get your email preferences

    Security emails cannot be turned off and are not listed.
    """
    return {
        kind.value: wanted
        for kind, wanted in application().identity.email_preferences.preferences(user_id()).items()
    }


@email_preferences.route("/me/email-preferences", methods=["PATCH"])
@email_preferences.arguments(EmailPreferencesSchema)
@email_preferences.response(200, EmailPreferencesSchema)
@email_preferences.problems(400, 401, 415, 422)
def update_email_preferences(body: dict[str, bool]) -> dict[str, bool]:
    """Update your email preferences"""
    wishes = {EmailKind(name): wanted for name, wanted in body.items()}
    changed = application().identity.email_preferences.set_preferences(user_id(), wishes)
    return {kind.value: wanted for kind, wanted in changed.items()}
